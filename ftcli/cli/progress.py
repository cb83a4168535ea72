"""The progress of a training: a bar on a terminal, a line for each epoch everywhere."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ftcli.cli.screen import Screen, show_notes

if TYPE_CHECKING:
    from rich.progress import Progress

    from ftcli.runs.training import Training
    from ftcli.training.reports import EpochReport, StepReport

# Seconds between two updates of the bar.
SHOWN_EVERY = 0.25


def watch(screen: Screen, training: Training) -> None:
    """Run the training to its end and show it: a bar on a terminal, a line for each epoch everywhere."""
    from ftcli.runs.training import RetryReport, StartReport
    from ftcli.training.reports import StepReport

    pace = _Pace()
    with _progress(screen) as bar:
        task = bar.add_task(
            "training", total=training.steps, completed=training.fit.progress.step, loss="", epoch=""
        )
        training.caching.watch = lambda done, total: bar.update(
            task, epoch="features", loss=f"{done}/{total} examples"
        )
        for report in training:
            if isinstance(report, StartReport):
                screen.line(f"before training{_figures(report.figures, training)}")
                continue
            if isinstance(report, RetryReport):
                show_notes(screen, [report.note])
                continue
            if isinstance(report, StepReport):
                show_notes(screen, report.notes)
                _show_step(bar, task, training, report, pace)
                continue
            screen.line(
                _epoch_line(report, training, pace.take()),
                style="green" if report.best and report.figures else None,
            )
            for problem in training.caching.news():
                screen.line(f"note: {problem}", style="yellow")
            if report.stopped:
                screen.line(f"stopped: {report.stopped}")


def _progress(screen: Screen) -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.fields[epoch]}"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
        TextColumn("{task.fields[loss]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=screen.console, transient=True, disable=not screen.console.is_terminal)


def _show_step(bar: Progress, task: Any, training: Training, report: StepReport, pace: _Pace) -> None:
    pace.add(report.examples)
    if bar.disable or not pace.due():
        return
    best = training.fit.progress.best.get(training.fit.plan.metric)
    known = "" if best is None else f"  best {training.fit.plan.metric} {best:.4f}"
    loss = f"loss {report.read():.4f}{known}  {pace.rate():.1f} examples/s"
    bar.update(
        task, completed=report.step, loss=loss, epoch=f"epoch {report.epoch}/{training.fit.plan.epochs}"
    )


def _epoch_line(report: EpochReport, training: Training, rate: float) -> str:
    shown = _figures(report.figures, training)
    head = f"epoch {report.epoch:>3}/{training.fit.plan.epochs}  step {report.step:>5}"
    best = "  best" if report.best and report.figures else ""
    return f"{head}  train loss {report.train_loss:.4f}{shown}  {rate:.1f} examples/s{best}"


def _figures(figures: Mapping[str, float], training: Training) -> str:
    """The loss on validation, and the figure that is watched."""
    wanted = ("loss", training.fit.plan.metric)
    return "".join(f"  val {name} {figures[name]:.4f}" for name in dict.fromkeys(wanted) if name in figures)


class _Pace:
    """Examples a second since `take`, without validation and saving; and when to update the bar."""

    def __init__(self) -> None:
        self._begun, self._examples, self._last = time.monotonic(), 0, time.monotonic()
        self._shown = -math.inf

    def due(self) -> bool:
        """Whether to show a step: reading its loss makes the next step wait for the GPU."""
        if self._last - self._shown < SHOWN_EVERY:
            return False
        self._shown = self._last
        return True

    def add(self, examples: int) -> None:
        self._examples += examples
        self._last = time.monotonic()

    def rate(self) -> float:
        return self._examples / max(1e-9, self._last - self._begun)

    def take(self) -> float:
        rate = self.rate()
        self._begun, self._examples, self._last = time.monotonic(), 0, time.monotonic()
        return rate
