"""The average of the best epochs of a run that has ended (`training.average_best`), as a checkpoint of its own.

It is made of the checkpoints alone, so that a run that was killed meanwhile makes it again, the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from ftcli.runs.batches import SplitBatches
from ftcli.runs.caching import Caching
from ftcli.runs.checkpoints import final, naming, retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resuming import load_weights
from ftcli.runs.scoring import Validation
from ftcli.runs.session import Session
from ftcli.system import signals
from ftcli.training.averaging import greedy, moving_norms, renew_statistics
from ftcli.training.evaluate import to_device
from ftcli.training.fit import Fit
from ftcli.training.reports import rank


class Averaged(NamedTuple):
    """Which epochs are in the average and which were tried; the watched figure of the best alone and of the average."""

    epochs: list[int]
    tried: list[int]
    alone: float
    figure: float


def average_best(
    session: Session,
    directory: RunDirectory,
    fit: Fit,
    caching: Caching,
    validation: Validation,
    frozen: frozenset[str],
) -> Averaged | None:
    """Average the best epochs and write that, if more than one is in it; None where there is nothing to average.

    All processes of a group call it. `validation` keeps what the figures of the result come from.
    """
    folder, group, progress = directory.checkpoints, session.group, fit.progress
    if group.leads:
        retention.remove_average(folder)
    known = {naming.place(path)[0]: path for path in naming.found(folder) if not naming.place(path)[1]}
    tried = group.broadcast([epoch for epoch in progress.good_epochs if epoch in known])
    if len(tried) < 2:
        return None
    figures: list[Mapping[str, float]] = []

    def weights(epoch: int) -> Mapping[str, Tensor]:
        return storage.load(known[epoch], training=False).weights

    def score(averaged: Mapping[str, Tensor]) -> tuple[float, ...]:
        signals.check()
        load_weights(session, averaged, folder)
        _renew(session, fit, frozen)
        caching.enter_scoring(validation.sample)
        with group.unsharded(session.model) as whole:
            figures.append(validation(whole))
        return rank(figures[-1], fit.plan)

    kept: list[Mapping[str, float]] = []

    def keep() -> None:
        validation.keep()
        kept.append(figures[-1])

    epochs, mean = greedy(tried, weights, score, keep)
    metric = fit.plan.metric
    found = Averaged(epochs, tried, kept[0][metric], kept[-1][metric])
    if len(epochs) > 1:
        load_weights(session, mean, folder)
        _renew(session, fit, frozen)
        final.write(session, directory, fit, epochs, frozen)
    return found


def _renew(session: Session, fit: Fit, frozen: frozenset[str]) -> None:
    """Make the statistics of batch norms that trained again, on the training split as its last epoch had it."""
    norms = moving_norms(session.model, frozen)
    if not norms:
        return
    assert isinstance(fit.batches, SplitBatches)
    epoch = fit.course.phases.in_plan(max(0, fit.progress.epoch - 1))

    def forward(batch: Any) -> object:
        signals.check()
        with session.precision.autocast():
            return session.task.outputs(session.model, to_device(batch, session.precision.device))

    renew_statistics(session.model, norms, fit.batches.epoch(epoch), forward)
    session.group.broadcast_buffers(session.model)
