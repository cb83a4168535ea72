"""What a practitioner would choose: a value for every key that was left out, with its reason.

`recipes.py` has a row for each family of backbones; the freezing policy and the size of the data refine it. Learning
rates grow with sqrt(batch / 32) for batches above 64.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ftcli.config.recipes import CHOSEN, FAMILIES, FROZEN, GLYPHS, SCRATCH, Row
from ftcli.config.schema import Data, EarlyStop, Experiment, Part
from ftcli.contracts import Inputs, TargetKind
from ftcli.errors import counted, listing


@dataclass(frozen=True, slots=True)
class Facts:
    """What the defaults depend on, known once data and backbone are open."""

    inputs: Inputs
    kind: TargetKind
    # `Backbone.family`.
    family: str
    pretrained: bool
    # Training examples.
    examples: int
    # Training examples of the rarest class; None where an example does not have one class.
    smallest_class: int | None
    # Whether there is a validation split.
    validated: bool
    # The figure that decides which epoch is best.
    metric: str
    loss: str
    cores: int
    # The type of the device that trains: cpu, cuda, ...
    device: str
    # Seconds of audio that the network takes, where that is fixed.
    window: float | None = None
    # Two classes that are mirror images of each other, by their names.
    mirrored: tuple[str, str] | None = None
    # For a key of options without a name: the parts of `CHOSEN` that take them, by name.
    fitting: Mapping[str, Mapping[str, Part]] = field(default_factory=dict)

    @property
    def of_texts(self) -> bool:
        """Whether all inputs are texts."""
        return all(one.tokenised for one in self.inputs)

    def has(self, key: str) -> bool:
        """Whether a key of `data` has a meaning for the inputs."""
        return any(key in one.keys for one in self.inputs)


class Choice(NamedTuple):
    """A key that was left out, its value, and why."""

    key: str
    value: Any
    reason: str


BATCH_NORMS = frozenset({"cnn", "mobile", "efficientnet"})
LONGEST_SOUND = 30.0  # seconds


def fill(experiment: Experiment, facts: Facts) -> tuple[Experiment, list[Choice]]:
    """The experiment with a value for every key, and the choices that were made. What the user wrote is unchanged."""
    choices: list[Choice] = []
    freeze = experiment.freeze or _chosen(choices, "freeze", *_freeze(facts, experiment.training.epochs))
    freeze = _keep_statistics(freeze, facts, choices)
    loss = experiment.loss or _chosen(choices, "loss", Part(facts.loss), "the task and its labels")
    row = _row(facts, freeze)
    batch_size = experiment.data.batch_size or _chosen(choices, "data.batch_size", *_batch_size(facts))
    epochs = experiment.training.epochs or _chosen(
        choices, "training.epochs", *_epochs(facts, freeze, batch_size * experiment.training.accumulate)
    )
    freeze = _fix_probe(freeze, epochs, choices)
    data = _fill_data(experiment, facts, freeze, batch_size, choices)
    effective = batch_size * experiment.training.accumulate
    optimizer = _fill_optimizer(experiment.optimizer, row, effective, facts, choices)
    schedule = _fill_schedule(experiment.schedule, row, facts, choices)
    filled = replace(experiment, data=data, freeze=freeze, loss=loss, optimizer=optimizer, schedule=schedule)
    return _fill_training(filled, facts, row, epochs, choices), choices


def _chosen(choices: list[Choice], key: str, value: Any, reason: str) -> Any:
    choices.append(Choice(key, value, reason))
    return value


def _row(facts: Facts, freeze: Part) -> Row:
    if freeze.name == "backbone":
        return FROZEN
    if not facts.pretrained:
        return SCRATCH[facts.kind.defaults.recipe or facts.inputs[0].name]
    return FAMILIES[facts.family]


def _freeze(facts: Facts, epochs: int | None) -> tuple[Part, str]:
    if not facts.pretrained:
        return Part("none"), "random weights have nothing worth freezing"
    if not facts.validated:
        return Part("none"), "without a validation split nothing shows when to keep the probe"
    if epochs == 1:
        return Part("none"), "one epoch is too short for a phase of the head alone"
    if facts.kind.dense:
        return Part("none"), "features for classes of whole images do not show where things are"
    if facts.smallest_class is not None and facts.smallest_class < 50:
        why = f"{facts.smallest_class} examples of the rarest class, below 50: head first, then all"
        return Part("lp-ft"), why
    return Part("none"), "enough examples to train all blocks"


def _keep_statistics(freeze: Part, facts: Facts, choices: list[Choice]) -> Part:
    """Measured on 240 photographs with MobileNetV2: 0.85 with the statistics kept, 0.80 with them updated."""
    small = facts.pretrained and facts.family in BATCH_NORMS and facts.examples < 2000
    if not small or freeze.name == "backbone" or "norm_statistics" in freeze.options:
        return freeze
    why = f"{facts.examples} examples, below 2,000, give poor statistics (measured)"
    value = _chosen(choices, "freeze.norm_statistics", "keep", why)
    return freeze.choosing(norm_statistics=value)


def _fix_probe(freeze: Part, epochs: int, choices: list[Choice]) -> Part:
    """Written out, so that it does not change where the run goes on to more epochs."""
    if freeze.name != "lp-ft" or freeze.options.get("probe_epochs") is not None:
        return freeze
    probe = _chosen(choices, "freeze.probe_epochs", max(1, epochs // 3), "a third of the run")
    return freeze.choosing(probe_epochs=probe)


def _reads_texts(facts: Facts) -> bool:
    """Whether an example holds only texts: speech synthesis is learned from sounds."""
    return facts.of_texts and facts.kind.files is None


def _batch_size(facts: Facts) -> tuple[int, str]:
    if facts.kind.defaults.batch_size is not None:
        size, why = facts.kind.defaults.batch_size
        return min(size, facts.examples), why
    if _reads_texts(facts) and facts.examples < 5000:
        return min(16, facts.examples), f"{facts.examples} texts, below 5,000"
    return min(32, facts.examples), "the usual size for fine-tuning"


def _epochs(facts: Facts, freeze: Part, batch: int) -> tuple[int, str]:
    """Small data needs steps, not epochs (Mosbach et al. 2021; Zhang et al. 2021; BiT)."""
    per_epoch = max(1, math.ceil(facts.examples / batch))
    usual = facts.kind.defaults.pretrained if facts.pretrained else facts.kind.defaults.scratch
    if usual is not None:
        return min(usual.most, max(usual.least, math.ceil(usual.steps / per_epoch))), usual.why
    if facts.of_texts:
        if facts.examples >= 10_000:
            return 3, "the usual length for 10,000 texts and more"
        return min(20, max(3, math.ceil(1000 / per_epoch))), "1,000 steps, at least 3 and at most 20 epochs"
    steps = max(300, min(10_000, 30 * per_epoch))
    epochs = min(60, max(5, math.ceil(steps / per_epoch)))
    return epochs, f"{steps} steps of {batch}, at least 5 and at most 60 epochs"


def _fill_data(
    experiment: Experiment, facts: Facts, freeze: Part, batch_size: int, choices: list[Choice]
) -> Any:
    data = experiment.data
    workers, augment = data.workers, data.augment
    if workers is None:
        workers = _chosen(choices, "data.workers", *_workers(facts))
    if augment is None and facts.has("augment"):
        augment = _chosen(choices, "data.augment", *_augment(data.source, freeze, facts.mirrored))
    if data.max_seconds is None and facts.has("max_seconds"):
        data = replace(data, max_seconds=_chosen(choices, "data.max_seconds", *_max_seconds(facts)))
    packing = data.packing
    if packing is None and "packing" in facts.kind.keys:
        packing = _chosen(choices, "data.packing", *_packing(data))
    return replace(data, batch_size=batch_size, workers=workers, augment=augment, packing=packing)


def _packing(data: Data) -> tuple[bool, str]:
    if data.chat or data.target is not None:
        return False, "an answer is learned with its prompt before it"
    return True, "texts without prompts: joined by their end tokens, no place of a batch is padding"


def _workers(facts: Facts) -> tuple[int, str]:
    if _reads_texts(facts):
        return 0, "tokenising is cheaper than another process"
    if facts.examples <= 2000:
        return 0, "few examples: decoded once"
    # Measured on 2 cores: a worker saved no time and cost 900 MB.
    if facts.device == "cpu":
        why = f"a quarter of {facts.cores} cores, as training computes on all of them"
        return min(8, facts.cores // 4), why
    return min(8, max(1, facts.cores - 1)), f"{facts.cores} cores, one of them for training"


def _max_seconds(facts: Facts) -> tuple[float, str]:
    if facts.window is not None:
        return facts.window, "the length of audio that the network takes"
    return LONGEST_SOUND, "longer sounds take much memory"


def _augment(source: str | None, freeze: Part, mirrored: tuple[str, str] | None) -> tuple[str, str]:
    if freeze.name == "backbone":
        return "none", "frozen features are those of the images as they are"
    if source in GLYPHS:
        return "light", "crops and colour; a mirrored sign is another sign"
    if mirrored is not None:
        return (
            "light",
            f"crops and colour; {mirrored[0]!r} and {mirrored[1]!r} are each other's mirror images",
        )
    return "flip", "crops, colour and mirror images"


def _fill_optimizer(part: Part | None, row: Row, batch: int, facts: Facts, choices: list[Choice]) -> Part:
    part = _named("optimizer", part, CHOSEN["optimizer"][0], row.source, facts, choices)
    scale = (math.sqrt(batch / 32) if batch > 64 else 1.0) * (10.0 if part.name == "sgd" else 1.0)
    why = row.source + (f", times {scale:.3g} for the batch and {part.name}" if scale != 1 else "")
    defaults = {"weight_decay": row.weight_decay}
    if "lr" not in part.options:  # a rate that the user wrote is meant for all blocks, as it stands
        defaults |= {"lr": row.head * scale, "backbone_lr": row.backbone * scale, "lr_decay": row.decay}
    for option, value in defaults.items():
        if option not in part.options:
            part = part.choosing(**{option: _chosen(choices, f"optimizer.{option}", value, why)})
    return part


def _fill_schedule(part: Part | None, row: Row, facts: Facts, choices: list[Choice]) -> Part:
    if part and part.name != "auto":
        return part
    part = _named("schedule", part, row.schedule, row.source, facts, choices)
    if "warmup" in part.options:
        return part
    return part.choosing(warmup=_chosen(choices, "schedule.warmup", row.warmup, row.source))


def _named(key: str, part: Part | None, usual: str, why: str, facts: Facts, choices: list[Choice]) -> Part:
    """The part, with the `usual` name where it has none; with another, where only that takes the user's options."""
    if part and part.name != "auto":
        return part
    options = part.options if part else {}
    fitting = facts.fitting.get(key) or {usual: Part(usual, options)}
    name = usual if usual in fitting else next(iter(fitting))
    if name != usual:
        why = f"it takes {listing(options)}; {usual}, which is usual here, does not"
    return fitting[_chosen(choices, f"{key}.name", name, why)]


def _clip(facts: Facts, row: Row) -> tuple[float, str]:
    usual = (row.clip, row.source)
    return usual if row.clip else facts.kind.defaults.clip or usual


def _fill_training(
    experiment: Experiment, facts: Facts, row: Row, epochs: int, choices: list[Choice]
) -> Experiment:
    training = experiment.training
    stop, clip, metric = training.early_stop, training.clip, training.metric
    if stop is None or stop is True:
        patience, why = _patience(experiment, facts, epochs)
        wanted = EarlyStop(patience) if facts.validated and epochs > patience else False
        if not wanted and facts.validated:
            why = f"{counted(epochs, 'epoch')}: not more than the patience, {patience}"
        why = why if facts.validated else "no validation split"
        stop = _chosen(choices, "training.early_stop", wanted, why)
    if clip is None:
        clip = _chosen(choices, "training.clip", *_clip(facts, row))
    if metric is None and facts.validated:
        metric = _chosen(choices, "training.metric", facts.metric, "the usual figure of the task")
    first = training.score_first
    if first is None:
        first = facts.kind.defaults.scored_first and facts.pretrained and facts.validated
        if first:
            why = "the head is not new, so there is a figure to beat"
            _chosen(choices, "training.score_first", True, why)
    training = replace(
        training,
        score_first=first,
        epochs=epochs,
        early_stop=stop,
        clip=clip,
        metric=metric,
        ema=training.ema or 0.0,
    )
    return replace(experiment, training=training)


def _patience(experiment: Experiment, facts: Facts, epochs: int) -> tuple[int, str]:
    """Measured on 28 street scenes: the mean IoU stood still for 40 steps, then it tripled. Entities begin as late."""
    fifth = max(3, math.ceil(0.2 * epochs))
    if not facts.kind.defaults.slow_start:
        return fifth, "a fifth of the run, at least 3"
    batch = (experiment.data.batch_size or 1) * experiment.training.accumulate
    steps = max(1, math.ceil(facts.examples / batch))
    why = "a fifth of the run, at least 3 and 100 steps" + (" (measured)" if facts.kind.dense else "")
    return max(fifth, math.ceil(100 / steps)), why
