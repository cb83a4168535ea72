"""A run that goes on: from its newest checkpoint, with the data that it began with, in a directory put in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ftcli.config.schema import Experiment
from ftcli.data.inventory import difference, inventory
from ftcli.errors import RunError
from ftcli.models.pretrained.weights import fit_weights
from ftcli.runs.checkpoints import naming, retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.more_epochs import state_removed
from ftcli.runs.reporting import withdraw_card
from ftcli.runs.session import Session
from ftcli.system import durable
from ftcli.system.environment import environment
from ftcli.training.fit import Fit


@dataclass(frozen=True, slots=True)
class Restored:
    """Where a run goes on; without `saved` from the beginning, as no checkpoint was written."""

    # The name of the checkpoint.
    saved: str | None = None
    # The length of metrics.jsonl when it was taken.
    metrics_bytes: int = 0
    # What is wrong with checkpoints that are newer.
    damaged: Sequence[str] = ()
    # What the user should know.
    notes: Sequence[str] = ()
    # How the run differs from one that was started as it goes on, where it does.
    departure: str | None = None


def restore(session: Session, directory: RunDirectory, fit: Fit) -> Restored:
    """Put the loop where the newest complete checkpoint has it.

    All processes of a group call it. Raises `RunError` for data that has changed, for a checkpoint that cannot be used,
    and for a run that cannot go on as its experiment asks.
    """
    group, folder = session.group, directory.checkpoints
    with group.agreeing():
        _check_data(session, directory)
    if not group.broadcast(bool(naming.found(folder))):
        return Restored()
    with group.agreeing():
        path, saved, damaged = retention.latest(folder)
        load_weights(session, saved.raw, path)
        try:
            (fit.load_state_dict if saved.trainable else fit.load_progress)(saved.state)
        # The files are complete, but hold something else.
        except durable.UNREADABLE as error:
            raise RunError(f"{path}: not a usable checkpoint: {error}") from error
        if not saved.trainable and fit.progress.stopped is None:
            raise state_removed(directory)
        _check_epochs(fit)
        notes = list(directory.metrics.check(saved.metrics_bytes, saved.metrics_sha256))
    departure = _departure(session, fit) if fit.progress.stopped is None and fit.departs() else None
    if departure is not None:
        notes.append(departure)
    return Restored(path.name, saved.metrics_bytes, damaged, notes, departure)


def load_weights(session: Session, weights: Mapping[str, Tensor], where: Path) -> None:
    """Load the weights of a checkpoint into the session's model, of which this process may hold a part."""
    model = session.model
    fit_weights(model, session.group.shard(weights, model.state_dict()), where)


def load_best(session: Session, directory: RunDirectory) -> None:
    """Load the weights that are to be used, those of the best epoch or an average. All processes of a group call it."""
    group = session.group
    best = group.broadcast(retention.best(directory.checkpoints) if group.leads else None)
    assert best is not None
    load_weights(session, storage.load(best, training=False).weights, best)


def reopen(directory: RunDirectory, restored: Restored, edited: Experiment | None) -> None:
    """Make the directory what it was at the checkpoint; that of a finished run one of a run that goes on."""
    directory.reopen(edited)
    withdraw_card(directory)
    durable.tidy(directory.path)
    durable.tidy(directory.checkpoints)
    retention.remove_average(directory.checkpoints)
    directory.metrics.rewind(restored.metrics_bytes)
    if restored.saved is not None:
        retention.rename_damaged(directory.checkpoints, directory.checkpoints / restored.saved)


def numerics(session: Session) -> dict[str, Any]:
    """What the last bits of a result depend on beside the packages; for environment.json."""
    return {
        "device": str(session.precision.device),
        "precision": session.precision.name,
        "threads": torch.get_num_threads(),
        "processes": session.group.size,
        "capability": torch.backends.cpu.get_cpu_capability(),
    }


def changed_numerics(session: Session, directory: RunDirectory) -> list[str]:
    """How this machine differs from the one where the run began, in what the last bits of a result depend on."""
    here = numerics(session)
    began, now = directory.environment(), environment() | here
    pairs = {key: (began.get(key), now[key]) for key in here}
    pairs["torch"] = began.get("packages", {}).get("torch"), now["packages"]["torch"]
    return [f"{key} was {old} and is {new}" for key, (old, new) in pairs.items() if old != new]


def _departure(session: Session, fit: Fit) -> str:
    schedule, progress, epochs = session.experiment.schedule, fit.progress, fit.plan.epochs
    assert schedule is not None
    return (
        f"steps 1 to {progress.step:,} had other learning rates than in a run started with {epochs} epochs: the "
        f"{schedule.name} schedule was made for {progress.planned}. From here on it is made for {epochs}"
    )


def _check_epochs(fit: Fit) -> None:
    """Raise `RunError` where more epochs are done than the edited experiment wants."""
    progress, epochs = fit.progress, fit.plan.epochs
    if progress.stopped is None and progress.epoch >= epochs:
        raise RunError(
            f"training.epochs: {progress.epoch} are done, so it cannot go on to {epochs}. At least "
            f"{progress.epoch + 1} would be right"
        )


def _check_data(session: Session, directory: RunDirectory) -> None:
    """Raise `RunError` if the examples are not those that the run began with."""
    before, splits = directory.data(), session.splits
    changed = difference(before, inventory(splits)) if before else ""
    if changed or directory.target() != splits.target:
        raise RunError(
            f"{directory.path}: the data has changed since this run began, so it cannot go on"
            f"{': ' if changed else ''}{changed}. Start a new run; model.weights can name this one"
        )
