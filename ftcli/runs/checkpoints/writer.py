"""When a training writes checkpoints, and what is in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from ftcli.runs.checkpoints import naming, retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.session import Session
from ftcli.training.fit import Fit
from ftcli.training.reports import StepReport


class CheckpointWriter:
    """Writes the checkpoints of one training, all of whose processes call it.

    `newest` is the name of the last checkpoint, None before the first; `frozen` are the names of weights that no epoch
    changes; `after` is called, by the process that leads, when one is written.
    """

    def __init__(
        self,
        session: Session,
        directory: RunDirectory,
        fit: Fit,
        *,
        newest: str | None,
        frozen: Collection[str],
        after: Callable[[], None],
    ) -> None:
        self.newest, self._at = newest, time.monotonic()
        self._session, self._directory, self._fit = session, directory, fit
        self._frozen, self._after = frozenset(frozen), after

    @property
    def name(self) -> str:
        """That of a checkpoint at this moment."""
        progress = self._fit.progress
        return naming.name(progress.epoch, progress.step if self._fit.within_epoch else None)

    def is_due(self, report: StepReport) -> bool:
        """Whether one within the epoch is; behind its last step comes one of the epoch itself."""
        training, last = self._session.experiment.training, self._fit.course.at_epoch_end()
        by_steps = bool(training.save_steps) and report.step % (training.save_steps or 1) == 0
        by_time = 0 < 60 * training.save_minutes <= time.monotonic() - self._at
        return (by_steps or by_time) and not last

    def went_back(self, name: str) -> None:
        """Training is where the checkpoint of this name has it."""
        self.newest, self._at = name, time.monotonic()

    def save(self) -> None:
        """Write one, and remove those that are not needed any more. Raises `NotFiniteError`, as `check_numbers`."""
        fit, group, folder = self._fit, self._session.group, self._directory.checkpoints
        fit.check_numbers()
        state = group.unshard(fit.state_dict())
        raw = group.unshard(self._session.model.state_dict())
        if group.leads:
            metrics = self._directory.metrics.flush()
            storage.save(
                folder / self.name, state["ema"] or raw, raw, state, metrics_bytes=metrics["bytes"],
                metrics_sha256=metrics["sha256"], frozen=self._frozen,
            )  # fmt: skip
            retention.prune(
                folder, fit.progress.best_epoch, newest=2, returnable=self._session.experiment.training.retries > 0,
                good=fit.progress.good_epochs,
            )  # fmt: skip
            self._after()
        self.went_back(self.name)
