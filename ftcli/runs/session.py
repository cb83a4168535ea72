"""The only place where all rooms meet: an experiment becomes data, model, task and loop.

session = prepare(load_experiment("x.yaml", ...), "x")     # everything is checked, nothing is written
for report in train(session, directory): ...               # ftcli/runs/training.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ftcli.config.defaults.facts import Choice, Facts
from ftcli.config.defaults.left_out import LeftOut
from ftcli.config.measured import with_usual
from ftcli.config.schema import Experiment
from ftcli.contracts import Backbone, Split, Task, TaskType
from ftcli.contracts.chats import Chat
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.findable import findable
from ftcli.data.names.mirror_images import mirror_pair
from ftcli.data.splits import Splits, open_splits
from ftcli.findings.check import quick
from ftcli.findings.finding import Finding
from ftcli.models.load import load_backbone, rebuild_backbone
from ftcli.models.network import Network
from ftcli.models.request import Request
from ftcli.runs.assembly import build_model, build_task, watched_figure
from ftcli.runs.checks import (
    Fitting,
    bind_parts,
    check_compiler,
    check_data,
    check_loss,
    check_packages,
    check_sections,
    check_sharding,
    check_test_time_augment,
    check_validation,
    check_views,
    notes_on_processes,
    remarks,
)
from ftcli.runs.directory import RunDirectory
from ftcli.runs.from_run import from_run
from ftcli.runs.probing.baseline import Baseline, Skipped
from ftcli.system.capabilities import lacking
from ftcli.system.read_files import recorded
from ftcli.tasks import TASKS
from ftcli.training.distributed.group import Group
from ftcli.training.distributed.start import sharded
from ftcli.training.hardware import available_cores, channels_last, suit
from ftcli.training.precision import Precision, choose_device, choose_precision


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
    # What `experiment` was filled from.
    left_out: LeftOut
    group: Group = field(default_factory=Group)
    findings: tuple[Finding, ...] = ()  # on the data, for the process that leads a run that begins
    # The files that were read for the data, beside those that examples name, and for the pre-trained weights.
    data_files: tuple[Path, ...] = ()
    weight_files: tuple[Path, ...] = ()
    # The linear probe of the frozen features, or why there is none; None where that was not asked.
    probe: Baseline | Skipped | None = None

    @property
    def begins_with_probe(self) -> bool:
        """Whether the head is a probe, which is scored before the first step."""
        return isinstance(self.probe, Baseline) and self.probe.linear

    @property
    def metric(self) -> str:
        """The figure that is watched; without validation, the usual one of the task."""
        return watched_figure(self.experiment, self.splits.target)


def prepare(experiment: Experiment, run: RunDirectory | None = None, group: Group | None = None) -> Session:
    """Check and build everything; with `run`, the network is rebuilt from an earlier run, to go on with it.

    Cheap checks come first: options, then data, then weights. What is to be measured gets its usual value, unless
    `settling.settle` was here before. Raises `UserError`s only. `group` are the processes that
    train together; each of them prepares the same.
    """
    group = group or Group()
    experiment = with_usual(experiment)
    if experiment.training.shard:
        group = sharded(group)
    experiment, fitting = bind_parts(experiment)
    check_packages(experiment)
    task_class: TaskType = TASKS.load(experiment.task)
    check_sections(experiment, task_class.sections)
    where = str(experiment.places.mistake("training.device", ""))
    device, device_reason = choose_device(experiment.training.device, where)
    device = group.device(device, where)
    precision, precision_reason = choose_precision(experiment.training.precision, device)
    check_sharding(experiment, precision.name)
    suit(device)
    check_compiler(experiment, device)
    with recorded() as data_files:
        splits = _open_data(experiment, task_class)
    settled: dict[str, Any] = {
        **splits.settled,
        **{key: value for key, (value, _) in splits.decided.items()},
    }
    # A run has to know that it learned pairs: one text alone would be labelled without a word.
    experiment = replace(experiment, data=replace(experiment.data, **settled))
    torch.manual_seed(experiment.training.seed)  # random weights of a backbone
    with recorded() as weight_files:
        backbone = _backbone(experiment, task_class, splits, run)
    check_loss(experiment, backbone.loss)
    facts = _facts(experiment, task_class, splits, backbone, device, fitting)
    experiment, made = _settled(experiment, task_class, splits, backbone, new=run is None)
    if experiment.training.device == "auto":
        made.append(Choice("training.device", str(device), device_reason))
    if experiment.training.precision == "auto":
        made.append(Choice("training.precision", precision.name, precision_reason))
    left_out = LeftOut(experiment, facts, tuple(made))
    experiment, choices = left_out.filled()
    check_views(experiment)
    check_test_time_augment(experiment, facts)
    task = build_task(experiment, task_class, splits.target, backbone)
    notes = (*backbone.notes, *_encoding_notes(task, splits), *lacking())
    splits = replace(
        splits, notes=(*splits.notes, *notes, *remarks(experiment, facts.examples, facts.mirrored))
    )
    torch.manual_seed(experiment.training.seed)  # the head, whatever the backbone drew
    model = channels_last(build_model(experiment, task, backbone).to(device))
    with experiment.places.at("model"):
        group.shard_model(model, model.blocks)
    splits = replace(splits, notes=(*splits.notes, *notes_on_processes(experiment, model, group.size)))
    findings = quick(splits) if run is None and group.leads else ()
    return Session(
        findable(experiment), choices, splits, backbone, task, model, precision, left_out, group, findings,
        tuple(data_files), tuple(path for path in weight_files if path not in data_files),
    )  # fmt: skip


def _open_data(experiment: Experiment, task_class: TaskType) -> Splits:
    splits = open_splits(
        experiment.data,
        inputs=task_class.inputs,
        wants=task_class.wants,
        seed=experiment.split_seed,
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


def _settled(
    experiment: Experiment, task_class: TaskType, splits: Splits, backbone: Backbone, *, new: bool
) -> tuple[Experiment, list[Choice]]:
    """The experiment with the keys that data, network and task decide, and these choices; `new`: not of a run."""
    choices = [Choice(f"data.{key}", value, why) for key, (value, why) in splits.decided.items()]
    chosen = {f"model.{key}": one for key, one in backbone.chosen.items()}
    if splits.val_fraction is not None:
        chosen["data.val"] = splits.val_fraction, "no validation split was named; val: none for none"
    experiment = _with(experiment, choices, chosen)
    if new:
        experiment = _with(
            experiment, choices, task_class.choices(experiment, splits.train, backbone.preprocess)
        )
    return experiment, choices


def _with(experiment: Experiment, choices: list[Choice], chosen: Mapping[str, tuple[Any, str]]) -> Experiment:
    """The experiment with what data, network or task have chosen for "section.key"; the choices get it, and why."""
    for path, (value, why) in chosen.items():
        choices.append(Choice(path, value, why))
        section, key = path.split(".")
        changed = replace(getattr(experiment, section), **{key: value})
        experiment = replace(experiment, **{section: changed})
    return experiment


def _backbone(
    experiment: Experiment, task_class: TaskType, splits: Splits, run: RunDirectory | None
) -> Backbone:
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
        KINDS[splits.target.kind].verbatim,
    )
    return load_backbone(task_class.form, request)


def _texts(split: Split) -> list[str]:
    """All texts of the training split, for a tokenizer: what goes in, and what comes out if that is a text."""
    found = []
    for index in range(len(split)):
        example = split[index]
        parts = (example.inputs.get("text"), example.inputs.get("text_pair"), example.target)
        words: Any = parts[0] if isinstance(parts[0], tuple) else ()
        joined = "\n".join(turn.content for turn in words) if isinstance(words, Chat) else " ".join(words)
        found += [part for part in (joined or None, *parts) if isinstance(part, str)]
    return found


def _facts(
    experiment: Experiment,
    task_class: TaskType,
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
        width=backbone.width,
        pretrained=experiment.model.weights != "none" and experiment.model.config is None,
        examples=len(splits.train),
        smallest_class=min(target.counts) if kind.counts_examples and target.counts else None,
        validated=splits.val is not None,
        metric=task_class.figure or kind.figure,
        loss=backbone.loss or kind.loss,
        cores=available_cores(),
        device=device.type,
        window=getattr(backbone.preprocess, "longest", None),
        mirrored=mirror_pair(target.classes),
        fitting=fitting,
    )
