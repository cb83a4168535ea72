"""What a run says of itself, and what is reproduced: its receipt, or, of one from before receipts, its other files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ftcli.config.document import Document
from ftcli.config.dump import plain
from ftcli.config.load import load_experiment
from ftcli.config.schema import Experiment
from ftcli.errors import RunError, counted
from ftcli.report.receipt import NAME
from ftcli.runs.checkpoints import retention
from ftcli.runs.directory import RunDirectory
from ftcli.runs.names import NAMES
from ftcli.runs.receipts.document import Receipt, read_receipt
from ftcli.runs.receipts.losses import Losses, read_losses, same
from ftcli.runs.resume_guard import differences, load_run_experiment
from ftcli.system.bounded import UnreadableError

Figures = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What was recorded. `run` is None for a receipt alone; `losses` are all that are known, exact.

    `edits` says by key how the experiment.yaml of the run is no longer that of the receipt: "was 3 and is 5".
    """

    name: str
    experiment: Experiment
    losses: Losses
    metric: str
    figures: Figures = field(default_factory=dict)
    receipt: Receipt | None = None
    run: RunDirectory | None = None
    edits: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the run has come to its end, so that it can be compared as a whole."""
        return bool(self.figures) if self.receipt is None else self.receipt.sealed

    @property
    def best(self) -> Path | None:
        """The best checkpoint, where the run is here and has one."""
        try:
            return None if self.run is None or not self.ended else retention.best(self.run.checkpoints)
        except RunError:
            return None

    @property
    def decided(self) -> list[dict[str, Any]] | None:
        """What a limit of time has decided, so that the same steps are taken again; None where that is not known."""
        if self.experiment.training.time is None:
            return None
        if self.ended or self.run is None:
            found: list[dict[str, Any]] | None = self.recorded("decided")
            return found
        newest = retention.newest(self.run.checkpoints)
        return None if newest is None else newest[1].decided

    def recorded(self, key: str) -> Any:
        """A field of the receipt; None where there is none."""
        return None if self.receipt is None else self.receipt.fields.get(key)


def read_claim(path: Path) -> Claim:
    """What a run, or a receipt.json alone, says. Raises `RunError` for what is neither, or cannot be read."""
    if path.is_dir():
        if (path / "experiment.yaml").is_file() and not (path / NAME).exists():
            return _without_receipt(RunDirectory(path))
        if not (path / NAME).exists():
            raise RunError(f"{path} is neither a run nor has it a {NAME}. Looked at {path.absolute()}")
        return _of_receipt(read_receipt(path / NAME), edited=True)
    return _of_receipt(read_receipt(path), edited=False)


def _of_receipt(receipt: Receipt, *, edited: bool) -> Claim:
    """`edited` is whether the YAML of the run beside it counts, which it does where the run was named."""
    folder = receipt.path.parent
    here = receipt.path.name == NAME and (folder / "experiment.yaml").is_file()
    run = RunDirectory(folder) if here else None
    fields, notes = receipt.fields, list[str]()
    experiment = _experiment(receipt, run)
    edits: Mapping[str, str] = {}
    if run is not None and edited:
        edits = differences(json.loads(json.dumps(plain(experiment))), load_run_experiment(run))
    if not receipt.sealed:
        notes.append(
            f"{receipt.path} is not sealed: the run has not ended. As many steps are taken as it has logged"
        )
    losses = receipt.losses
    if run is not None:
        losses, note = _fullest(run, losses)
        notes += note
    return Claim(
        str(fields["run"]),
        experiment,
        losses,
        str(fields.get("metric") or experiment.training.metric or "loss"),
        fields.get("figures") or {},
        receipt,
        run,
        edits,
        tuple(notes),
    )


def _experiment(receipt: Receipt, run: RunDirectory | None) -> Experiment:
    text = receipt.fields["yaml"]
    if text is not None:
        return load_experiment(Document(text, str(receipt.path)), names=NAMES)
    if run is not None:
        return load_run_experiment(run)
    raise RunError(
        f"{receipt.path}: its YAML was too long for a receipt: name the run, which has it as experiment.yaml"
    )


def _fullest(run: RunDirectory, kept: Losses) -> tuple[Losses, list[str]]:
    """All losses of metrics.jsonl, where that says what the receipt has kept; and a note where it does not."""
    path = run.metrics.path
    try:
        logged = read_losses(path)
    except (OSError, UnreadableError):
        return kept, [f"{path} cannot be read: the losses that the receipt has kept are compared"]
    known = {(step, name): value for step, name, value in logged.by_step()}
    wrong = [
        (step, name)
        for step, name, value in kept.by_step()
        if (step, name) not in known or not same(known[step, name], value)
    ]
    if wrong:
        step, name = wrong[0]
        note = (
            f"{path} is not what the receipt says (step {step:,}: {name}): the receipt's losses are compared"
        )
        return kept, [note]
    return logged, []


def _without_receipt(run: RunDirectory) -> Claim:
    """A run from before receipts."""
    experiment, began = load_run_experiment(run), run.environment().get("experiment")
    edits = differences(began, experiment) if isinstance(began, Mapping) else {}
    summary = run.summary()
    figures = {name: summary[name] for name in ("val", "test") if isinstance(summary.get(name), dict)}
    try:
        losses = read_losses(run.metrics.path)
    except (OSError, UnreadableError):
        losses = Losses()
    known = counted(len(losses.by_step()), "figure")
    note = (
        f"{run.path} has no {NAME}, as runs of earlier versions: {known} of metrics.jsonl, summary.json and the "
        "weights are compared. Whether data, weights and code are what they were is not known"
    )
    metric = str(summary.get("metric") or experiment.training.metric or "loss")
    return Claim(run.path.absolute().name, experiment, losses, metric, figures, None, run, edits, (note,))


def at_other_paths(claim: Claim, experiment: Experiment) -> Claim:
    """The same claim, with an experiment whose data or weights lie elsewhere."""
    return replace(claim, experiment=experiment)
