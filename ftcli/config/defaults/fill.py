"""What a practitioner would choose: a value for every key that was left out, with its reason.

`recipes.py` has a row for each family of backbones; the freezing policy and the size of the data refine it. Learning
rates grow with sqrt(batch / 32) for batches above 64.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ftcli.config.defaults import quality
from ftcli.config.defaults.extent import epochs_of, fix_probe, freeze_policy, keep_statistics, patience_of
from ftcli.config.defaults.facts import Choice, Facts, chosen
from ftcli.config.defaults.recipes import CHOSEN, FAMILIES, FROZEN, GLYPHS, SCRATCH, Row
from ftcli.config.schema import Data, Experiment, Part
from ftcli.config.training_keys import EarlyStop, Training
from ftcli.errors import counted, listing

LONGEST_SOUND = 30.0  # seconds


def fill(experiment: Experiment, facts: Facts) -> tuple[Experiment, list[Choice]]:
    """The experiment with a value for every key, and the choices that were made. What the user wrote is unchanged."""
    choices: list[Choice] = []
    usual = quality.freeze_policy(experiment, facts) or freeze_policy(facts, experiment.training.epochs)
    freeze = experiment.freeze or chosen(choices, "freeze", *usual)
    freeze = keep_statistics(freeze, facts, choices)
    loss = experiment.loss or chosen(choices, "loss", Part(facts.loss), "the task and its labels")
    row = _row(facts, freeze)
    batch_size = experiment.data.batch_size
    if not isinstance(batch_size, int):
        batch_size = chosen(choices, "data.batch_size", *_batch_size(facts))
    epochs = experiment.training.epochs
    if epochs is None:
        batch = batch_size * experiment.training.accumulate
        length = quality.epochs_of(experiment, facts, freeze, *epochs_of(experiment, facts, freeze, batch))
        epochs = chosen(choices, "training.epochs", *length)
    freeze = fix_probe(freeze, epochs, choices)
    data = _fill_data(experiment, facts, freeze, batch_size, choices)
    effective = batch_size * experiment.training.accumulate
    optimizer = _fill_optimizer(experiment.optimizer, row, effective, facts, choices)
    schedule = _fill_schedule(experiment.schedule, row, facts, choices)
    filled = replace(experiment, data=data, freeze=freeze, loss=loss, optimizer=optimizer, schedule=schedule)
    filled = replace(filled, training=_averaged(experiment, facts, data, epochs, choices), quality=None)
    return _fill_training(filled, facts, row, epochs, choices), choices


def _row(facts: Facts, freeze: Part) -> Row:
    if freeze.name == "backbone":
        return FROZEN
    if not facts.pretrained:
        return SCRATCH[facts.kind.defaults.recipe or facts.inputs[0].name].at(facts.width)
    return FAMILIES[facts.family]


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


def _fill_data(
    experiment: Experiment, facts: Facts, freeze: Part, batch_size: int, choices: list[Choice]
) -> Any:
    data = experiment.data
    workers, augment = data.workers, data.augment
    if workers is None:
        workers = chosen(choices, "data.workers", *_workers(facts))
    if augment is None and facts.has("augment"):
        augment = chosen(choices, "data.augment", *_augment(data.source, freeze, facts.mirrored))
    if data.max_seconds is None and facts.has("max_seconds"):
        data = replace(data, max_seconds=chosen(choices, "data.max_seconds", *_max_seconds(facts)))
    packing = data.packing
    if packing is None and "packing" in facts.kind.keys:
        packing = chosen(choices, "data.packing", *_packing(data))
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
            part = part.choosing(**{option: chosen(choices, f"optimizer.{option}", value, why)})
    return part


def _fill_schedule(part: Part | None, row: Row, facts: Facts, choices: list[Choice]) -> Part:
    if part and part.name != "auto":
        return part
    part = _named("schedule", part, row.schedule, row.source, facts, choices)
    if "warmup" in part.options:
        return part
    return part.choosing(warmup=chosen(choices, "schedule.warmup", row.warmup, row.source))


def _named(key: str, part: Part | None, usual: str, why: str, facts: Facts, choices: list[Choice]) -> Part:
    """The part, with the `usual` name where it has none; with another, where only that takes the user's options."""
    if part and part.name != "auto":
        return part
    options = part.options if part else {}
    fitting = facts.fitting.get(key) or {usual: Part(usual, options)}
    name = usual if usual in fitting else next(iter(fitting))
    if name != usual:
        why = f"it takes {listing(options)}; {usual}, which is usual here, does not"
    return fitting[chosen(choices, f"{key}.name", name, why)]


def _averaged(
    experiment: Experiment, facts: Facts, data: Data, epochs: int, choices: list[Choice]
) -> Training:
    training = experiment.training
    count, mirrors = training.average_best, training.test_time_augment
    if count is None:
        wanted = quality.average_best(experiment, facts, epochs)
        count = 1 if wanted is None else chosen(choices, "training.average_best", *wanted)
    if mirrors is None:
        tried = quality.test_time_augment(experiment, facts, data)
        mirrors = False if tried is None else chosen(choices, "training.test_time_augment", *tried)
    return replace(training, average_best=count, test_time_augment=mirrors)


def _clip(facts: Facts, row: Row) -> tuple[float, str]:
    usual = (row.clip, row.source)
    return usual if row.clip else facts.kind.defaults.clip or usual


def _fill_training(
    experiment: Experiment, facts: Facts, row: Row, epochs: int, choices: list[Choice]
) -> Experiment:
    training = experiment.training
    stop, clip, metric = training.early_stop, training.clip, training.metric
    if stop is None or stop is True:
        patience, why = patience_of(experiment, facts, epochs)
        wanted = EarlyStop(patience) if facts.validated and epochs > patience else False
        if not wanted and facts.validated:
            why = f"{counted(epochs, 'epoch')}: not more than the patience, {patience}"
        why = why if facts.validated else "no validation split"
        stop = chosen(choices, "training.early_stop", wanted, why)
    if clip is None:
        clip = chosen(choices, "training.clip", *_clip(facts, row))
    if metric is None and facts.validated:
        metric = chosen(choices, "training.metric", facts.metric, "the usual figure of the task")
    first = training.score_first
    if first is None:
        first = facts.kind.defaults.scored_first and facts.pretrained and facts.validated
        if first:
            why = "the head is not new, so there is a figure to beat"
            chosen(choices, "training.score_first", True, why)
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
