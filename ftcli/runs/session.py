"""The only place where all rooms meet: an experiment becomes data, model, task and loop.

session = prepare(load_experiment("x.yaml", ...), "x")     # everything is checked, nothing is written
for report in train(session, directory): ...               # ftcli/runs/training.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ftcli.config.defaults import Choice, Facts, fill
from ftcli.config.options import Options
from ftcli.config.schema import EarlyStop, Experiment, Training
from ftcli.contracts import Backbone, FreezePolicy, Split, Target, Task
from ftcli.contracts.target_kinds import KINDS
from ftcli.data import SOURCES
from ftcli.data.sources.parallel_text import both
from ftcli.data.splits import Splits, open_splits
from ftcli.metrics.figures import lower_is_better, standard_error
from ftcli.models.freezing.cut import frozen_depth
from ftcli.models.load import load_backbone, rebuild_backbone
from ftcli.models.network import Network
from ftcli.models.request import Request
from ftcli.runs.caching import Caching
from ftcli.runs.checks import (
    Fitting,
    bind_parts,
    bound_part,
    check_compiler,
    check_data,
    check_loss,
    check_norms,
    check_packages,
    check_sections,
    check_sharding,
    check_validation,
    check_views,
    notes_on_processes,
    remarks,
)
from ftcli.runs.directory import RunDirectory
from ftcli.runs.from_run import from_run
from ftcli.runs.names import PARTS
from ftcli.runs.scoring import Validation
from ftcli.tasks import TASKS
from ftcli.training.distributed.group import Group
from ftcli.training.fit import Fit
from ftcli.training.hardware import available_cores, channels_last, suit
from ftcli.training.precision import Precision, choose_device, choose_precision
from ftcli.training.reports import Plan


@dataclass(slots=True)
class Session:
    """One experiment, ready to train."""

    experiment: Experiment  # every key spelled out
    choices: list[Choice]  # keys that were left out, and why they got their value
    splits: Splits
    backbone: Backbone
    task: Task
    model: Network
    precision: Precision
    group: Group = field(default_factory=Group)


def prepare(experiment: Experiment, run: RunDirectory | None = None, group: Group | None = None) -> Session:
    """Check and build everything; with `run`, the network is rebuilt from an earlier run, to go on with it.

    Cheap checks come first: options, then data, then weights. Raises `UserError`s only. `group` are the processes that
    train together; each of them prepares the same.
    """
    group = group or Group()
    if experiment.training.shard:
        group = group.sharding()
    experiment, fitting = bind_parts(experiment)
    check_packages(experiment)
    task_class = TASKS.load(experiment.task)
    check_sections(experiment, task_class.sections)
    where = str(experiment.places.mistake("training.device", ""))
    device, device_reason = choose_device(experiment.training.device, where)
    device = group.device(device, where)
    precision, precision_reason = choose_precision(experiment.training.precision, device)
    check_sharding(experiment, precision.name)
    suit(device)
    check_compiler(experiment, device)
    splits = _open_data(experiment, task_class)
    torch.manual_seed(experiment.training.seed)  # random weights of a backbone
    backbone = _backbone(experiment, task_class, splits, run)
    check_loss(experiment, backbone.loss)
    experiment, choices = _fill(
        experiment, _facts(experiment, task_class, splits, backbone, device, fitting), splits
    )
    experiment = _with(experiment, choices, {f"model.{key}": one for key, one in backbone.chosen.items()})
    if run is None:
        told = task_class.choices(experiment, splits.train, backbone.preprocess)
        experiment = _with(experiment, choices, told)
    check_views(experiment)
    task = build_task(experiment, task_class, splits.target, backbone)
    told = (*backbone.notes, *_encoding_notes(task, splits), *remarks(experiment, len(splits.train)))
    splits = replace(splits, notes=(*splits.notes, *told))
    torch.manual_seed(experiment.training.seed)  # the head, whatever the backbone drew
    with experiment.places.at("model"):
        model = channels_last(task.attach(backbone).to(device))
        group.spread(model, model.blocks)
    splits = replace(splits, notes=(*splits.notes, *notes_on_processes(experiment, model, group.size)))
    if experiment.training.device == "auto":
        choices.append(Choice("training.device", str(device), device_reason))
    if experiment.training.precision == "auto":
        choices.append(Choice("training.precision", precision.name, precision_reason))
    return Session(findable(experiment), choices, splits, backbone, task, model, precision, group)


def _open_data(experiment: Experiment, task_class: Any) -> Splits:
    splits = open_splits(
        experiment.data,
        inputs=task_class.inputs,
        wants=task_class.wants,
        seed=experiment.training.seed,
        places=experiment.places,
    )
    check_data(experiment, len(splits.train), KINDS[splits.target.kind])
    if splits.val is None:
        check_validation(experiment)
    return splits


def _encoding_notes(task: Task, splits: Splits) -> Iterator[str]:
    """What the task says of each split."""
    for name in ("train", "val", "test"):
        split = getattr(splits, name)
        if split is not None:
            yield from (f"{name}: {note}" for note in task.notes(split))


def _fill(experiment: Experiment, facts: Facts, splits: Splits) -> tuple[Experiment, list[Choice]]:
    """The experiment with what was left out: the split and the columns of pairs that the data room chose included.

    A run has to know that it learned pairs: one text alone would be labelled without a word.
    """
    experiment, choices = fill(experiment, facts)
    pair: Mapping[str, Any] = splits.pair
    experiment = replace(experiment, data=replace(experiment.data, **pair))
    if splits.val_fraction is not None:
        experiment = replace(experiment, data=replace(experiment.data, val=splits.val_fraction))
        reason = "no validation split was named; val: none for none"
        choices.insert(0, Choice("data.val", splits.val_fraction, reason))
    return experiment, choices


def _with(experiment: Experiment, choices: list[Choice], told: Mapping[str, tuple[Any, str]]) -> Experiment:
    """The experiment with what the loader of the network, or the task, has chosen for "section.key", and why."""
    for path, (value, why) in told.items():
        choices.append(Choice(path, value, why))
        section, key = path.split(".")
        changed = replace(getattr(experiment, section), **{key: value})
        experiment = replace(experiment, **{section: changed})
    return experiment


def findable(experiment: Experiment) -> Experiment:
    """The experiment with absolute paths, so that its run can be repeated from any folder."""

    def absolute(value: Any) -> Any:
        found = isinstance(value, str) and (Path(value).exists() or both(value) is not None)
        return str(Path(value).absolute()) if found else value

    data, model = experiment.data, experiment.model
    keys = ("root", "class_names") if data.source else ("train", "val", "test", "root", "class_names")
    paths = {
        key: absolute(getattr(data, key)) for key in keys
    }  # beside a source, train is the name of a split
    source = data.source if data.source in SOURCES else absolute(data.source)
    folder = data.cache.folder and str(Path(data.cache.folder).absolute())
    return replace(
        experiment,
        data=replace(data, source=source, cache=replace(data.cache, folder=folder), **paths),
        model=replace(
            model,
            backbone=absolute(model.backbone),
            weights=absolute(model.weights),
            vocoder=absolute(model.vocoder),
        ),
    )


def _build(experiment: Experiment, key: str, **supplied: Any) -> Any:
    """The part that `key` names, made with its options and what the program supplies."""
    part = bound_part(getattr(experiment, key), key, experiment.places)
    with experiment.places.at(key):
        return PARTS[key].load(part.name)(**Options.of(part.options).arguments, **supplied)


def _backbone(experiment: Experiment, task_class: Any, splits: Splits, run: RunDirectory | None) -> Backbone:
    if run is not None:
        return rebuild_backbone(experiment.model.backbone, run.model)
    request = Request(
        from_run(experiment.model),
        task_class.inputs[0].name,
        experiment.data.image_size,
        experiment.data.max_length,
        experiment.places,
        lambda: _texts(splits.train),
        splits.target.outputs,
        experiment.data.max_seconds,
    )
    return load_backbone(task_class.form, request)


def _texts(split: Split) -> list[str]:
    """All texts of the training split, for a tokenizer: what goes in, and what comes out if that is a text."""
    found = []
    for index in range(len(split)):
        example = split[index]
        parts = (example.inputs.get("text"), example.inputs.get("text_pair"), example.target)
        words = " ".join(parts[0]) if isinstance(parts[0], tuple) else None
        found += [part for part in (words, *parts) if isinstance(part, str)]
    return found


def _facts(
    experiment: Experiment,
    task_class: Any,
    splits: Splits,
    backbone: Backbone,
    device: torch.device,
    fitting: Fitting,
) -> Facts:
    target, kind = splits.target, KINDS[splits.target.kind]
    return Facts(
        inputs=task_class.inputs,
        kind=kind,
        family=backbone.family,
        pretrained=experiment.model.weights != "none" and experiment.model.config is None,
        examples=len(splits.train),
        smallest_class=min(target.counts) if kind.counts_examples and target.counts else None,
        validated=splits.val is not None,
        metric=task_class.figure or kind.figure,
        loss=backbone.loss or kind.loss,
        cores=available_cores(),
        device=device.type,
        window=getattr(backbone.preprocess, "longest", None),
        fitting=fitting,
    )


def build_task(experiment: Experiment, task_class: Any, target: Target, backbone: Backbone) -> Task:
    """The task of a filled experiment."""
    loss = _build(experiment, "loss", target=target)
    with experiment.places.at("data"):
        task: Task = task_class(target, backbone.preprocess, loss=loss, **task_class.settings(experiment))
    return task


def freeze_policy(experiment: Experiment) -> FreezePolicy:
    """The freezing policy, before it knows the network."""
    policy: FreezePolicy = _build(experiment, "freeze")
    return policy


def plan(training: Training) -> Plan:
    """How long the loop goes on, and what surrounds a step."""
    stop = training.early_stop if isinstance(training.early_stop, EarlyStop) else None
    metric = training.metric or "loss"
    return Plan(
        epochs=training.epochs or 1,
        seed=training.seed,
        accumulate=training.accumulate,
        clip=training.clip or 0.0,
        ema=training.ema or 0.0,
        patience=stop.patience if stop else None,
        lower_is_better=lower_is_better(metric),
        metric=metric,
    )


def build_caching(
    experiment: Experiment,
    task: Task,
    backbone: Backbone,
    model: Network,
    precision: Precision,
    *,
    dry: bool = False,
    group: Group | None = None,
) -> tuple[FreezePolicy, Caching]:
    """The freezing policy, and what supplies batches from where it cuts the network."""
    policy, epochs = freeze_policy(experiment), experiment.training.epochs or 1
    with experiment.places.at("freeze"):
        policy.prepare(model, model.blocks, epochs)
    frozen = [frozen_depth(model.blocks[:-1], policy.trainable(epoch)) for epoch in range(epochs)]
    return policy, Caching(experiment, task, backbone, model, precision, frozen, dry=dry, group=group)


def build_fit(session: Session, *, dry: bool = False) -> tuple[Fit, Caching, Validation | None]:
    """The loop over the session's training split, not yet started, what supplies its batches, and what scores it."""
    experiment, training = session.experiment, session.experiment.training
    parts = (session.task, session.backbone, session.model, session.precision)
    policy, caching = build_caching(experiment, *parts, dry=dry, group=session.group)
    check_norms(experiment, len(session.splits.train), session.model, policy, session.group.size)
    if training.compile:
        session.model.compile_steps()
    metric = training.metric or "loss"
    stop = training.early_stop if isinstance(training.early_stop, EarlyStop) else None
    batches = caching.batches(session.splits.train, training=True)
    validation = _validation(session, caching, metric)
    fit = Fit(
        session.model,
        session.task,
        batches,
        blocks=session.model.blocks,
        policy=policy,
        rates=_build(experiment, "optimizer"),
        schedule=_build(experiment, "schedule"),
        precision=session.precision,
        plan=plan(training),
        evaluate=validation,
        improvement=_improvement(metric, stop, len(session.splits.val or ())),
        group=session.group,
    )
    return fit, caching, validation


def _validation(session: Session, caching: Caching, metric: str) -> Validation | None:
    if session.splits.val is None:
        return None
    thorough = metric in KINDS[session.task.target.kind].thorough_figures
    batches = caching.batches(session.splits.val)
    return Validation(session.task, batches, session.precision, thorough=thorough, group=session.group)


def _improvement(
    metric: str, stop: EarlyStop | None, examples: int
) -> Callable[[Mapping[str, float]], float]:
    """What early stopping counts as a gain: `min_delta`, else a quarter of the figure's standard error."""
    if stop is not None and stop.min_delta is not None:
        fixed = stop.min_delta
        return lambda figures: fixed
    return lambda figures: 0.25 * standard_error(metric, figures.get(metric, 0.0), examples)
