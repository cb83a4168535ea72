"""Training a session into a run directory, from the start or from its last checkpoint."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from ftcli.config.schema import Experiment
from ftcli.data.inventory import inventory
from ftcli.errors import DataError, EchoError, Interruption, NotFiniteError
from ftcli.findings.finding import as_json
from ftcli.loading.loader import dead_worker
from ftcli.models.freezing.policies import frozen_state
from ftcli.models.load import save_backbone_files
from ftcli.runs.checkpoints import naming, retention
from ftcli.runs.checkpoints.writer import CheckpointWriter
from ftcli.runs.directory import RunDirectory
from ftcli.runs.ending import end
from ftcli.runs.files.metrics_log import epoch_line, step_line
from ftcli.runs.fit_assembly import build_fit
from ftcli.runs.measuring.expected import Outline
from ftcli.runs.measuring.ledger import Ledger
from ftcli.runs.origins.origin import origin
from ftcli.runs.probing.head import begin_at_zero, learns_anew
from ftcli.runs.receipts.writing import ReceiptWriter
from ftcli.runs.resuming import Restored, load_weights, numerics, reopen, restore
from ftcli.runs.scoring import Scores
from ftcli.runs.session import Session
from ftcli.system import signals
from ftcli.system.uptime import seconds_since_start
from ftcli.trackers.live import Live
from ftcli.training.reports import EpochReport, StepReport

SEEN_LATE = (
    "data.bad_files: skip leaves out what its first and last bytes show to be broken: remove this one, too"
)


@dataclass(frozen=True, slots=True)
class StartReport:
    """What the weights score before the first step; with a new head that starts from a `probe`, that."""

    figures: Mapping[str, float]
    probe: bool = False


@dataclass(frozen=True, slots=True)
class RetryReport:
    """Training has gone back; `note` says why, and how it goes on."""

    note: str


class Training:
    """One training: `begin`, then iterate: it writes to the directory and hands reports on; then `scores` are there."""

    def __init__(
        self,
        session: Session,
        directory: RunDirectory,
        *,
        resume: bool = False,
        edited: Experiment | None = None,
        dry: bool = False,
        began: float | None = None,
    ) -> None:
        """With `dry` nothing is kept in the cache, for a step that writes nothing.

        A limit of time counts from `began`, by `time.monotonic`; from now if that is left out. `edited` is the
        experiment of a resumed run where it is not that of its directory, which gets it.
        """
        self.session, self.directory, self.resume, self._edited = session, directory, resume, edited
        self.group = session.group
        with self.group.agreeing():
            self.fit, self.caching, self._validation = build_fit(session, dry=dry, began=began)
        self._frozen = frozen_state(session.model, self.fit.trained)
        self.scores: dict[str, Scores] = {}
        self.seconds_to_first_step: float | None = None  # since the command; None before it
        self.report_problem: str | None = None  # why there is no report or card at the end
        self.trackers = Live([*session.experiment.training.tracked_by] if self.group.leads else ())
        self.restored = restore(session, directory, self.fit) if resume else Restored()
        self.receipt, self.ledger = ReceiptWriter(session, directory), Ledger(resumed=resume)
        # The step behind which it pauses with a checkpoint, and is not scored at its end; None for a whole training.
        self.pause: int | None = None
        self._checkpoints = CheckpointWriter(
            session,
            directory,
            self.fit,
            newest=self.restored.saved,
            frozen=self._frozen,
            after=self.receipt.save,
        )

    @property
    def steps(self) -> int:
        """All the steps that the plan has, or that the time is enough for, as far as it is known."""
        return self.fit.course.steps

    @cached_property
    def outline(self) -> Outline:
        """The training as far as its cost depends on it."""
        return Outline.of(self.session, self.fit, self.caching, self._validation)

    def __iter__(self) -> Iterator[StartReport | StepReport | EpochReport | RetryReport]:
        # What a resumed run took before counts, too.
        started = time.monotonic() - self.fit.progress.seconds - self.fit.progress.epoch_seconds
        with signals.noted():
            with self.trackers.following(self.directory.path, self.directory.log):
                if self._checkpoints.newest is None:  # nothing was done before
                    yield from self._start()
                if self.restored.departure is not None:
                    self._note(self.restored.departure)
                while self.fit.progress.stopped is None and not self._paused():
                    try:
                        yield from self._go_on()
                    except NotFiniteError as error:
                        yield self._retry(error)
                if self.pause is None:
                    self._finish(time.monotonic() - started)
            if self.pause is None:
                signals.over()
            else:
                # One that came while the checkpoint was written is for what follows the pause.
                signals.check()

    def _go_on(self) -> Iterator[StepReport | EpochReport]:
        if self.fit.progress.step == 0 and self.group.broadcast(learns_anew(self.directory)):
            begin_at_zero(self.session.model, self.fit)
        for report in self.fit:
            if self.seconds_to_first_step is None:
                self.seconds_to_first_step = round(seconds_since_start(), 1)
            if self._retries and isinstance(report, StepReport):
                report.read()  # at once: an epoch must not end with a loss that is not a number
            self._record(report)
            yield report
            self._answer_signals(report)
            if self._paused():
                return

    def _paused(self) -> bool:
        """Whether the step to pause at is done, with what belongs to it: an epoch that it ends is validated first."""
        fit = self.fit
        whole = not fit.within_epoch or fit.progress.step % fit.steps_per_epoch > 0
        return self.pause is not None and fit.progress.step >= self.pause and whole

    def _retry(self, error: NotFiniteError) -> RetryReport:
        """Go back to the end of the last epoch, and on at half the rate. Raises the error after all retries.

        Where it goes back to follows from the plan alone, not from signals or the clock, so a run that was
        interrupted does the same again.
        """
        reasons, folder = self.fit.progress.retried, self.directory.checkpoints
        if len(reasons) == self._retries:
            tried = f" ({len(reasons)} retries at lower rates did not help)" if reasons else ""
            if not self.group.leads:  # all have met it
                raise EchoError from error
            raise NotFiniteError(error.what + tried, error.advice) from error
        path, saved = retention.last_epoch(folder)
        load_weights(self.session, saved.raw, path)
        self.fit.load_state_dict(saved.state)
        self.directory.metrics.check(saved.metrics_bytes, saved.metrics_sha256)
        self.directory.metrics.rewind(saved.metrics_bytes)
        self.trackers.rewound()
        self._checkpoints.went_back(path.name)
        progress = self.fit.progress
        progress.retried = [*reasons, error.what]
        note = (
            f"{error.what}: back to the end of epoch {progress.epoch}, and on at the learning rate times "
            f"{0.5 ** len(progress.retried):g} (retry {len(progress.retried)} of {self._retries})"
        )
        self._note(note)
        return RetryReport(note)

    def _note(self, note: str) -> None:
        progress = self.fit.progress
        self.directory.metrics.append({"step": progress.step, "epoch": progress.epoch, "note": note})

    @property
    def _retries(self) -> int:
        return self.session.experiment.training.retries

    def _start(self) -> Iterator[StartReport]:
        """What comes before the first step: scores to compare with, and where the first epoch can be begun again."""
        probe, figures = self.session.probe, dict[str, float]()
        linear = self.session.begins_with_probe
        if self._validation is not None and (linear or self.session.experiment.training.score_first):
            report = self._scored_first(linear)
            figures |= report.figures
            yield report
        if linear and probe is not None:  # it is epoch 0, the best one until another is better
            self.fit.progress.judge(figures, self.fit.plan, self.fit.improvement)
            self.fit.course.end_if_over()
            if self._validation is not None:
                self._validation.keep()
            self.directory.write_probe({**probe.document(), "val": figures})
        if linear or self._retries or self.pause == 0:
            self._checkpoints.save()

    def _scored_first(self, probe: bool) -> StartReport:
        assert self._validation is not None
        self.fit.course.evaluates()
        self.caching.enter_scoring(self._validation.sample)  # as at the end: the same bits
        with self.group.unsharded(self.session.model) as whole:
            figures = self._validation(whole)
        line = {"epoch": 0, "step": 0, **{f"val_{name}": value for name, value in figures.items()}}
        self.directory.metrics.append(line)
        return StartReport(figures, probe)

    def _answer_signals(self, report: StepReport | EpochReport) -> None:
        """Save what is not saved yet where it is due, or a signal in any process asks for it; raise the `Interruption`
        that waits. All of it is agreed on at once, as clocks differ, too.
        """
        due = self._paused() or (isinstance(report, StepReport) and self._checkpoints.is_due(report))
        number, save = self.group.max(signals.waiting(), signals.asked_to_save() or due)
        if (number or save) and self._checkpoints.name != self._checkpoints.newest:
            self._checkpoints.save()
        if number:
            raise Interruption(number)

    def begin(self) -> None:
        """Make the run directory, or put that of a resumed run in order; nothing was written before."""
        session = self.session
        with self.group.agreeing():
            if self.group.leads:
                self.ledger.begin(self.outline)
            if self.group.leads and self.resume:
                reopen(self.directory, self.restored, self._edited)
                self.receipt.resume(self.restored.departure)
            elif self.group.leads:
                with self.directory.created(session.experiment, session.splits.target, numerics(session)):
                    save_backbone_files(session.backbone, self.directory.model)
                    self.directory.write_data(examples := inventory(session.splits))
                    self.receipt.begin(examples)
                    self.directory.write_origin(origin(session))
                    self.directory.write_findings(as_json(session.findings))
                    self.directory.write_skipped(session.splits.skipped)
                    if session.probe is not None:
                        self.directory.write_probe(session.probe.document())

    def cause(self, raised: BaseException) -> BaseException:
        """What ended the training: a worker or another process that is gone, where `raised` only follows from that."""
        if isinstance(raised, DataError) and self.session.experiment.data.bad_files == "skip":
            return DataError(f"{raised}. {SEEN_LATE}")
        return dead_worker(raised) or self.group.lost(raised) or raised

    def abandon(self) -> bool:
        """Remove the directory of a run that ended before its first checkpoint; whether it was removed."""
        self.receipt.stop()
        unfinished = not (self.resume or naming.found(self.directory.checkpoints))
        if unfinished:
            with signals.noted():  # another request to stop is not to leave half of it
                self.directory.discard()
        return unfinished

    def _record(self, report: StepReport | EpochReport) -> None:
        if isinstance(report, StepReport):
            for note in report.notes:
                self.directory.metrics.append({"step": report.step, "epoch": report.epoch, "note": note})
            if report.step % self.session.experiment.training.log_every == 0:
                self.directory.metrics.append(step_line(report))
            return
        self.directory.metrics.append(epoch_line(report))
        if report.best and self._validation is not None:
            self._validation.keep()
        every = self.session.experiment.training.save_every
        good = report.best or report.epoch in self.fit.progress.good_epochs
        if good or report.stopped or report.epoch % every == 0 or self._retries:
            self._checkpoints.save()  # a retry must not go back farther than one that was interrupted here
        self.ledger.epoch(self.session.precision.device)

    def _finish(self, seconds: float) -> None:
        """Average and score what is best, and write the summary and what shows it."""
        self.scores, self.report_problem = end(
            self.session, self.directory, self.fit, self.caching, self._validation, self.receipt,
            frozen=self._frozen, seconds=seconds, seconds_to_first_step=self.seconds_to_first_step,
            cost=partial(self.ledger.end, self.outline, seconds),
        )  # fmt: skip
