"""The progress of a training: a bar on a terminal, a line for each epoch everywhere."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ftcli.cli.estimate import Estimate, duration
from ftcli.cli.phases import phases
from ftcli.cli.screen import Screen, show_notes
from ftcli.cli.studies.probe import scored
from ftcli.system import signals

if TYPE_CHECKING:
    from ftcli.runs.training import Training
    from ftcli.training.reports import EpochReport, StepReport

# Seconds between two updates of the bar.
SHOWN_EVERY = 0.25
# Shown from Ctrl-C to where the run can go on later.
STOPPING = "stopping", ("after this step", "Ctrl-C again: now")
# Cells of the bar itself, and of the time left, with the blanks around them.
BAR, LEAST_BAR, CLOCK = 30, 8, 10


def watch(screen: Screen, training: Training) -> None:
    """Run the training to its end and show it: a bar on a terminal, a line for each epoch everywhere."""
    from ftcli.runs.training import RetryReport, StartReport
    from ftcli.training.reports import StepReport

    estimate, lines = Estimate(training), _EpochLines(screen, training)
    bar = _Bar(screen, training)

    def computing(done: int, total: int) -> None:
        estimate.features()
        bar.features(done, total)

    with bar.progress, signals.announced(bar.stopping):
        training.caching.watch = computing
        for report in training:
            if isinstance(report, StartReport):
                if report.probe:
                    screen.line(scored(training.session, report.figures), hang=2)
                else:
                    screen.fields(["before training", *_figures(report.figures, training)])
                continue
            if isinstance(report, RetryReport):
                show_notes(screen, [report.note])
                continue
            if isinstance(report, StepReport):
                show_notes(screen, report.notes)
                _say(screen, estimate.step(report.epoch, report.step))
                bar.steps(training.steps)
                bar.step(report, training.fit.progress.best)
                continue
            lines.show(report)
            _say(screen, estimate.epoch(report))
            bar.epoch()
            show_notes(screen, training.caching.news())
            if report.stopped:
                bar.scoring()
                screen.line(ended(report.stopped, training.fit.plan.epochs))
    fit = training.fit
    if not fit.progress.step and fit.progress.stopped and fit.plan.epochs:
        screen.line(f"{ended(fit.progress.stopped, fit.plan.epochs)}: there was none for a step")


def ended(reason: str, epochs: int) -> str:
    """Why training is over, in words: it was stopped, or has done what was planned."""
    if reason == "all epochs are done":
        return f"all {epochs} epochs are done" if epochs > 1 else "the epoch is done"
    if reason == "time is up":
        return f"the {reason}"
    return f"stopped early: {reason}"


def _say(screen: Screen, words: str | None) -> None:
    if words is not None:
        screen.line(words)


class _Bar:
    """The bar: the epoch, steps, what is known of the model, and the time left. It fits into one line.

    It holds nothing of the training, which holds it: in a circle the processes that read would outlive the run.
    """

    def __init__(self, screen: Screen, training: Training) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._screen, self._pace, self._column = screen, _Pace(), BarColumn(bar_width=BAR)
        self._plan, self._steps = training.fit.plan, training.steps
        self._stopping = False
        self.progress = Progress(
            TextColumn("{task.fields[epoch]}"),
            self._column,
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[words]}"),
            TimeRemainingColumn(compact=True),
            console=screen.console,
            transient=True,
            disable=not screen.console.is_terminal,
        )
        done = training.fit.progress.step
        self._task = self.progress.add_task(
            "training", total=self._steps, completed=done, words="", epoch="starting"
        )

    def features(self, done: int, total: int) -> None:
        """So many of all features that are missing are computed."""
        self._update("features", [f"{done}/{total} examples"])

    def step(self, report: StepReport, best: Mapping[str, float]) -> None:
        """A step was made; it is shown where the last one that was is old enough. `best` are the figures so far."""
        self._pace.add(report.examples)
        if self.progress.disable or not self._pace.due():
            return
        plan = self._plan
        words = [f"loss {report.read():.4f}"]
        words += [f"best {plan.metric} {best[plan.metric]:.4f}"] if plan.metric in best else []
        words.append(f"{self._pace.rate():.1f} examples/s")
        self._update(f"epoch {report.epoch}/{plan.epochs}", words, completed=report.step)

    def steps(self, count: int) -> None:
        """So many steps are planned now."""
        if count != self._steps:
            self._steps = count
            self.progress.update(self._task, total=count)

    def epoch(self) -> None:
        """An epoch has ended: its rate is its own."""
        self._pace.take()

    def scoring(self) -> None:
        """All epochs are done, and the best one is scored."""
        self._update("scoring", [])

    def stopping(self) -> None:
        """A request to stop was received."""
        self._stopping = True
        self._update("", [])

    def _update(self, epoch: str, words: Sequence[str], **changes: Any) -> None:
        if self._stopping:
            epoch, words = STOPPING
        total = str(self._steps)
        room = (self._screen.width or 0) - len(epoch) - 2 * len(total) - 1 - CLOCK - 3
        kept, words = "", list(words)
        while words and len(kept) + 2 + len(words[0]) + LEAST_BAR <= room:
            kept = "  ".join(filter(None, (kept, words.pop(0))))
        self._column.bar_width = max(LEAST_BAR, min(BAR, room - len(kept)))
        self.progress.update(self._task, epoch=epoch, words=kept, **changes)


class _EpochLines:
    """A line for each epoch, with the phase where there are several: columns below each other."""

    def __init__(self, screen: Screen, training: Training) -> None:
        self._screen, self._training = screen, training
        found = phases(training)
        self._phase = max(len(phase.words) for phase in found) if len(found) > 1 else 0
        # The widest of each column so far.
        self._widths = Counter[int]()

    def show(self, report: EpochReport) -> None:
        """Print and log the line. A narrow terminal shows less of it."""
        epochs, best = str(self._training.fit.plan.epochs), report.best and bool(report.figures)
        head = [f"epoch {report.epoch:>{len(epochs)}}/{epochs}"]
        if self._phase:
            head.append(report.trained.ljust(self._phase))
        figures = _figures(report.figures, self._training)
        loss, *figures = self._aligned([f"train loss {report.train_loss:.4f}", *figures])
        rate = f"{report.examples_per_second:8.1f} examples/s"
        whole = shown = [
            *head,
            loss,
            *figures,
            rate,
            f"{duration(report.seconds):>6}",
            *(["best"] if best else []),
        ]
        most = (self._screen.width or math.inf) - (0 if best else len("  best"))
        for less in (rate, loss, *figures[:-1]):
            if len("  ".join(shown)) > most:
                shown = [field for field in shown if field is not less]
        style = "green" if best else None
        self._screen.line("  ".join(whole), shown=False)
        self._screen.line("  ".join(shown), style, logged=False)

    def _aligned(self, fields: Sequence[str]) -> list[str]:
        for index, field in enumerate(fields):
            self._widths[index] = max(self._widths[index], len(field))
        return [field.ljust(self._widths[index]) for index, field in enumerate(fields)]


def _figures(figures: Mapping[str, float], training: Training) -> list[str]:
    """The loss on validation, and the figure that is watched."""
    wanted = ("loss", training.fit.plan.metric)
    return [f"val {name} {figures[name]:.4f}" for name in dict.fromkeys(wanted) if name in figures]


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

    def take(self) -> None:
        """Start again from zero, for an epoch."""
        self._begun, self._examples, self._last = time.monotonic(), 0, time.monotonic()
