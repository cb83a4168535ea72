"""Checks of an experiment that need its parts, its data or its network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ftcli.config.binding import bind_options
from ftcli.config.defaults.facts import Facts
from ftcli.config.defaults.recipes import CHOSEN, MIRRORING
from ftcli.config.generation import Generation
from ftcli.config.places import Places
from ftcli.config.schema import Experiment, Head, Part
from ftcli.contracts import FreezePolicy, TargetKind
from ftcli.errors import ConfigError, InstallationError, Mistake, did_you_mean
from ftcli.losses.options import check_kind
from ftcli.models.compilation import missing
from ftcli.runs.names import PARTS
from ftcli.system.extras import check_extra
from ftcli.trackers import TRACKERS

Fitting = Mapping[str, Mapping[str, Part]]


def bind_parts(experiment: Experiment) -> tuple[Experiment, Fitting]:
    """The experiment with the options of every named part bound to its signature, and parts for the defaults to choose.

    Where a key has options without a name, the second value has the parts that the defaults may choose there and that
    take these options, by name. Raises `ConfigError` with all mistakes at once.
    """
    named: dict[str, Any] = {}
    fitting: dict[str, Mapping[str, Part]] = {}
    mistakes: list[Mistake] = []
    for key in PARTS:
        part: Part | None = getattr(experiment, key)
        try:
            if part is not None and part.name == "auto":
                fitting[key] = _fitting(part, key, experiment.places)
            elif part is not None:
                named[key] = bound_part(part, key, experiment.places)
        except ConfigError as error:
            mistakes += error.mistakes
    if mistakes:
        raise ConfigError(mistakes)
    return replace(experiment, **named), fitting


def bind_known(experiment: Experiment) -> None:
    """Raise `ConfigError` for options of the parts whose names are known."""
    parts: dict[str, Any] = {key: getattr(experiment, key) for key in PARTS}
    for key, part in parts.items():
        if part and part.name not in (*PARTS[key], "auto"):
            parts[key] = None
    bind_parts(replace(experiment, **parts))


def bound_part(part: Part, key: str, places: Places) -> Part:
    """The part with its options bound to the signature of what its name loads."""
    target = PARTS[key].load(part.name)
    return replace(part, options=bind_options(part, target, key, places, reserved=("target",)))


def _fitting(part: Part, key: str, places: Places) -> Mapping[str, Part]:
    """The parts that the defaults may choose for `key` and that take these options, by name.

    Raises the `ConfigError` of the most usual one where none does.
    """
    fitting: dict[str, Part] = {}
    errors: list[ConfigError] = []
    for name in CHOSEN[key]:
        try:
            fitting[name] = bound_part(replace(part, name=name), key, places)
        except ConfigError as error:
            errors.append(error)
    if not fitting:
        raise errors[0]
    return fitting


def check_sections(experiment: Experiment, sections: frozenset[str]) -> None:
    """Raise `ConfigError` for a section that says something, and that the task does not read."""
    problem = f"has no meaning for {experiment.task}: leave it out"
    given = {
        "model.head": experiment.model.head != Head(),
        "generation": experiment.generation != Generation(),
        "data.mask_probability": experiment.data.mask_probability is not None,
    }
    written = [key for key, said in given.items() if said and key not in sections]
    if mistakes := [experiment.places.mistake(key, problem) for key in sorted(written)]:
        raise ConfigError(mistakes)


def check_packages(experiment: Experiment) -> None:
    """Raise `InstallationError` if a key needs a package that is not installed."""
    for name, key in experiment.training.tracked_by.items():
        for package in TRACKERS.load(name).packages:
            check_extra(package, name, f"{experiment.places.mistake(f'training.{key}', '')}:")


def check_compiler(experiment: Experiment, device: torch.device) -> None:
    """Raise `InstallationError` if training shall be compiled, and this machine cannot."""
    if experiment.training.compile and (problem := missing(device)) is not None:
        problem += "; or leave training.compile out"
        raise InstallationError(str(experiment.places.mistake("training.compile", problem)))


def check_data(experiment: Experiment, examples: int, kind: TargetKind) -> None:
    """Raise `ConfigError` for a batch larger than the training split, or a metric or loss for other targets."""
    size, metric = experiment.data.batch_size, experiment.training.metric
    if isinstance(size, int) and size > examples:
        problem = f"{size} is more than the {examples} training examples. At most {examples} would be right"
        raise experiment.places.error("data.batch_size", problem)
    known = ("loss", *kind.figures, *kind.thorough_figures)
    if metric is not None and metric not in known:
        near = did_you_mean(metric, known)
        problem = f"no figure is called {metric!r}.{near} There are: {', '.join(known)}"
        raise experiment.places.error("training.metric", problem)
    if experiment.loss is not None:
        with experiment.places.at("loss"):
            check_kind(experiment.loss.name, kind)


def remarks(experiment: Experiment, examples: int, mirrored: tuple[str, str] | None) -> Iterator[str]:
    """Notes on what is said and may not be meant; `examples` are those of the training split.

    `mirrored` are two classes that are mirror images of each other.
    """
    training, size = experiment.training, experiment.data.batch
    augment = experiment.data.augment
    if mirrored is not None and augment in MIRRORING:
        words = f"mirrors images, and {mirrored[0]!r} and {mirrored[1]!r} may be each other's mirror images"
        yield f"data.augment: {augment} {words}; light does not"
    batches = -(-examples // size)
    if training.accumulate > batches:
        problem = (
            f"{training.accumulate} is more than the {batches:,} batches of an epoch, which make one step"
        )
        yield f"training.accumulate: {problem}"
    steps = -(-batches // training.accumulate) * (training.epochs or 1)
    warmup = experiment.schedule.options.get("warmup", 0) if experiment.schedule is not None else 0
    if isinstance(warmup, int | float) and warmup >= max(1, steps):
        yield f"schedule.warmup: {warmup:g} steps are at least the {steps:,} of the run: all but the last warm up"


def check_loss(experiment: Experiment, wanted: str | None) -> None:
    """Raise `ConfigError` for another loss than the one that the network is made for, where there is one."""
    if experiment.loss is not None and wanted is not None and experiment.loss.name != wanted:
        problem = f"{experiment.loss.name!r} does not fit this network, which learns by {wanted!r}"
        raise experiment.places.error("loss", problem)


def check_validation(experiment: Experiment) -> None:
    """Raise `ConfigError` for keys that need a validation split, without one."""
    training, schedule = experiment.training, experiment.schedule
    useless = {
        "training.metric": training.metric is not None,
        "training.early_stop": bool(training.early_stop),
        "training.score_first": bool(training.score_first),
        "training.average_best": (training.average_best or 1) > 1,
        "training.test_time_augment": bool(training.test_time_augment),
        "schedule": schedule is not None and schedule.name == "plateau",
    }
    problem = (
        "needs a validation split, and this experiment has none. A fraction would do, such as data.val: 0.2"
    )
    if mistakes := [experiment.places.mistake(key, problem) for key, wanted in useless.items() if wanted]:
        raise ConfigError(mistakes)


def check_test_time_augment(experiment: Experiment, facts: Facts) -> None:
    """Raise `ConfigError` for mirror images where an output is not of a whole image."""
    if experiment.training.test_time_augment and (facts.kind.dense or not facts.has("augment")):
        problem = (
            "it averages what is said of a whole image and of its mirror image, which this task does not have"
        )
        raise experiment.places.error("training.test_time_augment", problem)


def check_views(experiment: Experiment) -> None:
    """Raise `ConfigError` for a number of augmented views where nothing is augmented."""
    data = experiment.data
    if data.cache.views is not None and (data.augment or "none") == "none":
        problem = "nothing changes the inputs at random here, so there is one view of each: leave it out"
        raise experiment.places.error("data.cache.views", problem)


def check_norms(
    experiment: Experiment, examples: int, model: nn.Module, policy: FreezePolicy, processes: int = 1
) -> None:
    """Raise `ConfigError` where batch norm would train on one example of a batch. The policy is entered to see that."""
    most = experiment.training.micro_batch
    if min(experiment.data.batch, examples) >= 2 * processes and most != 1:
        return
    for epoch in range(experiment.training.epochs or 1):
        policy.enter(model, epoch)
        if any(isinstance(module, _BatchNorm) and module.training for module in model.modules()):
            problem = (
                "1 example in a batch has no variance, which the batch norms of this network need in training. "
                f"At least {2 if most == 1 else 2 * processes} would be right, or freeze with norm_statistics: keep"
            )
            raise experiment.places.error("training.micro_batch" if most == 1 else "data.batch_size", problem)


def check_sharding(experiment: Experiment, precision: str) -> None:
    """Raise `ConfigError` for what does not go with weights that processes share."""
    training = experiment.training
    if training.shard and precision == "fp16":
        problem = "the scale of the loss is not one for all shares of the weights. Use bf16 or fp32"
        raise experiment.places.error("training.precision", f"fp16 and training.shard: {problem}")
    whole = {
        "average_best": (training.average_best or 1) > 1,
        "test_time_augment": training.test_time_augment,
    }
    for name in (name for name, wanted in whole.items() if training.shard and wanted):
        problem = "not together with training.shard, where no process has all the weights"
        raise experiment.places.error(f"training.{name}", problem)
    if training.shard and training.compile:
        problem = "not together with training.shard, where each block has its weights only while it runs"
        raise experiment.places.error("training.compile", problem)


def notes_on_processes(experiment: Experiment, model: nn.Module, processes: int) -> Iterator[str]:
    """What the user should know of training in so many processes."""
    if experiment.training.shard and processes == 1:
        yield "training.shard: there is one process, which has all the weights; --processes, or torchrun, starts more"
    if processes > 1 and any(isinstance(module, _BatchNorm) for module in model.modules()):
        yield f"batch norms see the part of a batch that a process has, a {processes}th of it; the first one's are kept"
