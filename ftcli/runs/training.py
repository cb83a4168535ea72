"""Training a session into a run directory, from the start or from its last checkpoint."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ftcli import signals
from ftcli.data.inventory import difference, inventory
from ftcli.errors import Interruption, RunError
from ftcli.models.freezing import frozen_state
from ftcli.models.load import save_backbone_files
from ftcli.models.weights import fit_weights, load_state
from ftcli.runs import checkpoint, durable
from ftcli.runs.age import seconds_since_start
from ftcli.runs.caching import Batches
from ftcli.runs.directory import RunDirectory, environment
from ftcli.runs.scoring import Scores, score
from ftcli.runs.session import Session, build_fit
from ftcli.training.fit import EpochReport, Fit, StepReport


@dataclass(frozen=True, slots=True)
class StartReport:
    """What the weights score before the first step."""

    figures: Mapping[str, float]


class Training:
    """One training: `begin`, then iterate: it writes to the directory and hands reports on; then `scores` are there."""

    def __init__(
        self, session: Session, directory: RunDirectory, *, resume: bool = False, dry: bool = False
    ) -> None:
        """With `dry` nothing is kept in the cache, for a step that writes nothing."""
        self.session, self.directory, self.resume = session, directory, resume
        self.fit, self.caching, self._validation = build_fit(session, dry=dry)
        self._frozen = frozen_state(session.model, self.fit.trained)
        self.scores: dict[str, Scores] = {}
        self.seconds_to_first_step: float | None = None  # since the command; None before it
        self.notes: list[str] = []  # what a resumed run has to tell
        self.damaged: list[str] = []  # what is wrong with checkpoints that are newer than the one in use
        self._saved: str | None = None  # the name of the newest checkpoint
        self._saved_at = time.monotonic()
        if resume:
            self._restore()

    @property
    def steps(self) -> int:
        """All the steps that the plan has."""
        return self.fit.steps_per_epoch * self.fit.plan.epochs

    def kept(self) -> Iterator[tuple[str, str]]:
        """What is computed once and kept, and where; or why not."""
        assert isinstance(self.fit.batches, Batches)
        return self.caching.plan(self.fit.batches.sample)

    def __iter__(self) -> Iterator[StartReport | StepReport | EpochReport]:
        started = time.monotonic()
        with self._events() as events, signals.noted():
            if self.session.experiment.training.score_first and self.fit.progress.step == 0:
                yield self._start(events)
            for report in self.fit:
                if self.seconds_to_first_step is None:
                    self.seconds_to_first_step = round(seconds_since_start(), 1)
                self._record(report, events)
                yield report
                self._heed_signals()
            self._finish(time.monotonic() - started)
            signals.over()

    def _start(self, events: _Events) -> StartReport:
        """Score the weights as they are, for what is learned to be compared with."""
        assert self._validation is not None
        figures = self._validation(self.session.model)
        line = {"epoch": 0, "step": 0, **{f"val_{name}": value for name, value in figures.items()}}
        self.directory.append_metrics(line)
        events.add({f"val/{name}": value for name, value in figures.items()}, 0)
        return StartReport(figures)

    def _heed_signals(self) -> None:
        """Save what is not saved yet where that is asked; raise the `Interruption` that waits, if any."""
        if signals.asked_to_save() and self._name() != self._saved:
            self._save()
        try:
            signals.check()
        except Interruption:
            if self._name() != self._saved:
                self._save()
            raise

    def begin(self) -> None:
        """Make the run directory; nothing was written before. A resumed run has it."""
        if self.resume:
            return
        session = self.session
        with self.directory.created(session.experiment, session.splits.target, self._numerics()):
            save_backbone_files(session.backbone, self.directory.model)
            self.directory.write_data(inventory(session.splits))

    def _numerics(self) -> dict[str, Any]:
        """What the last bits of a result depend on beside the packages; for environment.json."""
        precision = self.session.precision
        return {
            "device": str(precision.device),
            "precision": precision.name,
            "threads": torch.get_num_threads(),
            "capability": torch.backends.cpu.get_cpu_capability(),
        }

    def changed(self) -> list[str]:
        """How this machine differs from the one where the run began, in what the last bits of a result depend on."""
        began, now = self.directory.environment(), environment() | self._numerics()
        pairs = {key: (began.get(key), now[key]) for key in self._numerics()}
        pairs["torch"] = began.get("packages", {}).get("torch"), now["packages"]["torch"]
        return [f"{key} was {old} and is {new}" for key, (old, new) in pairs.items() if old != new]

    def abandon(self) -> bool:
        """Remove the directory of a run that ended before its first checkpoint; whether it was removed."""
        unfinished = not self.resume and not checkpoint.found(self.directory.checkpoints)
        if unfinished:
            self.directory.discard()
        return unfinished

    def _restore(self) -> None:
        """Go on from the newest checkpoint that is whole; from the beginning where none was written."""
        folder = self.directory.checkpoints
        durable.tidy(self.directory.path)
        durable.tidy(folder)
        self._check_data()
        if not checkpoint.found(folder):
            self.directory.rewind(0)
            return
        path, saved, self.damaged = checkpoint.latest(folder)
        fit_weights(self.session.model, saved.raw, path)
        self.fit.load_state_dict(saved.state)
        progress, epochs = self.fit.progress, self.fit.plan.epochs
        if progress.stopped is None and progress.epoch >= epochs:
            raise RunError(
                f"training.epochs: {progress.epoch} are done, so it cannot go on to {epochs}. At least "
                f"{progress.epoch + 1} would be right"
            )
        self.notes += self.directory.rewind(saved.metrics_bytes, saved.metrics_sha256)
        checkpoint.set_aside(folder, path)
        self._saved = path.name

    def _check_data(self) -> None:
        """Raise `RunError` if the examples are not those that the run began with."""
        before, splits = self.directory.data(), self.session.splits
        changed = difference(before, inventory(splits)) if before else ""
        if changed or self.directory.target() != splits.target:
            raise RunError(
                f"{self.directory.path}: the data has changed since this run began, so it cannot go on"
                f"{': ' if changed else ''}{changed}. Start a new run; model.weights can name this one"
            )

    def _record(self, report: StepReport | EpochReport, events: _Events) -> None:
        if isinstance(report, StepReport):
            if report.step % self.session.experiment.training.log_every == 0:
                line = {
                    "step": report.step,
                    "epoch": report.epoch,
                    "loss": report.read(),
                    "lr": report.lr,
                }
                self.directory.append_metrics(line)
                events.add({"train/loss": line["loss"], "train/lr": report.lr}, report.step)
            if self._is_due(report):
                self._save()
            return
        figures = {f"val_{name}": value for name, value in report.figures.items()}
        line = {"epoch": report.epoch, "step": report.step, "train_loss": report.train_loss, **figures}
        self.directory.append_metrics(line | {"best": report.best})
        if report.best and self._validation is not None:
            self._validation.keep()
        events.add({f"val/{name}": value for name, value in report.figures.items()}, report.step)
        every = self.session.experiment.training.save_every
        if report.best or report.stopped or report.epoch % every == 0:
            self._save()

    def _is_due(self, report: StepReport) -> bool:
        """Whether a checkpoint within the epoch is; behind its last step comes one of the epoch itself."""
        training, last = self.session.experiment.training, report.step % self.fit.steps_per_epoch == 0
        by_steps = bool(training.save_steps) and report.step % (training.save_steps or 1) == 0
        by_time = 0 < 60 * training.save_minutes <= time.monotonic() - self._saved_at
        return (by_steps or by_time) and not last

    def _name(self) -> str:
        progress = self.fit.progress
        return checkpoint.name(progress.epoch, progress.step if self.fit.within_epoch else None)

    def _save(self) -> None:
        folder, model, progress = self.directory.checkpoints, self.session.model, self.fit.progress
        self.fit.check_numbers()
        state = self.fit.state_dict()
        raw = model.state_dict()
        metrics = self.directory.flushed_metrics()
        checkpoint.save(
            folder / self._name(),
            state["ema"] or raw,
            raw,
            state,
            metrics_bytes=metrics["bytes"],
            metrics_sha256=metrics["sha256"],
            frozen=self._frozen,
        )
        checkpoint.prune(folder, progress.best_epoch, newest=2)
        self._saved, self._saved_at = self._name(), time.monotonic()

    def _finish(self, seconds: float) -> None:
        """Score the best checkpoint, as far as its epoch has not done so, and write the summary."""
        session, progress = self.session, self.fit.progress
        # Nothing goes on from here, so there is no need for one to fall back on.
        checkpoint.prune(self.directory.checkpoints, progress.best_epoch, newest=1)
        if self._validation is not None and (known := self._validation.best()) is not None:
            self.scores["val"] = known
        wanted = {split: getattr(session.splits, split) for split in ("val", "test")}
        unknown = {s: given for s, given in wanted.items() if given is not None and s not in self.scores}
        if unknown:
            best = checkpoint.best(self.directory.checkpoints)
            load_state(session.model, checkpoint.load(best, training=False).weights)
        for split, examples in unknown.items():
            signals.check()
            batches = self.caching.scored(examples)
            self.scores[split] = score(session.model, session.task, batches, session.precision)
        summary = {
            "task": session.experiment.task,
            "backbone": session.backbone.source,
            "epochs": progress.epoch,
            "best_epoch": progress.best_epoch,
            "stopped": progress.stopped,
            "seconds": round(seconds, 1),
            "seconds_to_first_step": self.seconds_to_first_step,
            "parameters": parameter_counts(self.fit),
            **{split: dict(scores.figures) for split, scores in self.scores.items()},
            "per_class": {split: list(scores.per_class) for split, scores in self.scores.items()},
        }
        self.directory.write_summary(summary)

    def _events(self) -> _Events:
        return _TensorBoard(self.directory) if self.session.experiment.training.tensorboard else _Events()


def parameter_counts(fit: Fit) -> dict[str, int]:
    """All parameters, and those that train at some time."""
    total = sum(parameter.numel() for parameter in fit.model.parameters())
    trained = sum(p.numel() for group in fit.optimizer.param_groups for p in group["params"])
    return {"total": total, "trained": trained}


class _Events:
    """TensorBoard events; the ordinary case writes none."""

    def __enter__(self) -> _Events:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def add(self, figures: Mapping[str, float], step: int) -> None:
        """Record figures of one step."""


class _TensorBoard(_Events):
    def __init__(self, directory: RunDirectory) -> None:
        from torch.utils.tensorboard import SummaryWriter  # checked when the experiment was prepared

        self._writer: Any = SummaryWriter(str(directory.path / "tensorboard"))

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def add(self, figures: Mapping[str, float], step: int) -> None:
        for name, value in figures.items():
            self._writer.add_scalar(name, value, step)
