"""What a person sees: the plan, the progress, the figures. The same lines go to log.txt."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import printable
from ftcli.system import signals

if TYPE_CHECKING:
    from rich.progress import Progress

    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.session import Session
    from ftcli.runs.training import Training
    from ftcli.training.fit import EpochReport, StepReport


SHOWN_EVERY = 0.25  # seconds between two updates of the bar


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Nobody reads any more, as behind `| head`: what is done goes on, and the rest is only logged."""
        self.quiet = True
        signals.discard_output()

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, as far as there is room for it."""
        try:
            super().print(*objects, **options)
        except OSError:  # the file that takes the output is on a full disk, say
            self.on_broken_pipe()


class Screen:
    """Prints lines, unless it is quiet, and keeps them until a run directory is there to log them to."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.console = _Console(highlight=False, soft_wrap=True, markup=False, emoji=False, quiet=quiet)
        self._waiting: list[str] = []
        self._directory: RunDirectory | None = None

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print and log one line; control characters from data are shown, not obeyed."""
        clean = printable(text)
        self.console.print(clean, style=style)
        if self._directory is None:
            self._waiting.append(clean)
        else:
            self._directory.log(clean)

    def log_to(self, directory: RunDirectory) -> None:
        """From now on lines are logged in `directory`, those so far first."""
        self._directory = directory
        for line in self._waiting:
            directory.log(line)
        self._waiting.clear()

    def rows(self, rows: Iterable[Sequence[object]], indent: str = "  ") -> None:
        """Print rows in aligned columns; figures to the right."""
        rows = list(rows)
        cells = [[_cell(value) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row, values in zip(cells, rows, strict=True):
            aligned = (
                text.rjust(width) if isinstance(value, int | float) else text.ljust(width)
                for text, width, value in zip(row, widths, values, strict=True)
            )
            self.line(indent + "  ".join(aligned).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) >= 1e-3 or value == 0 else f"{value:.1e}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


# ------------------------------------------------------------------------------------------------------- the plan


def show_plan(screen: Screen, session: Session) -> None:
    """What is about to happen: the data, the network, and every choice that was made for the user."""
    splits, target = session.splits, session.splits.target
    sizes = ", ".join(
        f"{len(split):,} {name}"
        for name in ("train", "val", "test")
        if (split := getattr(splits, name)) is not None
    )
    what = KINDS[target.kind].plan.format(len(target.classes))
    screen.line(f"{session.experiment.task}: {sizes} examples; {what}", style="bold")
    *blocks, head = session.model.blocks
    new = any(head.holds(name) for name, _ in session.model.named_parameters())
    words = "blocks and a new head" if new else "blocks, its head among them"
    screen.line(f"backbone {session.backbone.source}: {len(blocks)} {words}", style="bold")
    show_notes(screen, splits.notes)
    screen.line("chosen for you:")
    screen.rows([(choice.key, _brief(choice.value), choice.reason) for choice in session.choices])


def show_notes(screen: Screen, notes: Iterable[str]) -> None:
    """What the user should know."""
    for note in notes:
        screen.line(f"note: {note}", style="yellow")


def _brief(value: Any) -> str:
    if hasattr(value, "options"):  # a Part
        options = ", ".join(f"{key}={item}" for key, item in value.options.items())
        return f"{value.name}({options})" if options else str(value.name)
    if hasattr(value, "patience"):
        return f"patience {value.patience}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def show_blocks(screen: Screen, session: Session, training: Training) -> None:
    """The parameter table: each block, what of it trains at some time, and what stays frozen."""
    learned = {id(p) for group in training.fit.optimizer.param_groups for p in group["params"]}
    rates = {group["name"]: group["base_lr"] for group in training.fit.optimizer.param_groups}
    sums = {block.name: [0, 0] for block in session.model.blocks}
    for name, parameter in session.model.named_parameters():
        block = next(block for block in session.model.blocks if block.holds(name))
        sums[block.name][id(parameter) not in learned] += parameter.numel()
    rows: list[Sequence[object]] = [("block", "trainable", "frozen", "learning rate")]
    rows += [
        (name, *pair, f"{rates[name]:.3g}" if name in rates else "-")
        for name, pair in sums.items()
        if any(pair)
    ]
    rows.append(("total", *(sum(column) for column in zip(*sums.values(), strict=True)), ""))
    screen.rows(rows)


def show_kept(screen: Screen, training: Training) -> None:
    """What is computed once and kept on disk, or why not."""
    screen.line("computed once:")
    screen.rows(training.kept())


def show_compiled(screen: Screen, session: Session, training: Training) -> None:
    """Which epochs torch.compile is for, where it was asked for and is not for all of them."""
    whole, total = training.caching.whole(), len(training.caching.depths)
    if session.experiment.training.compile and whole < total:
        epochs = f"the steps of {whole} of {total} epochs"
        problem = f"compiles {epochs}; the others run only what is above the frozen blocks, uncompiled"
        screen.line(f"note: training.compile {problem}", style="yellow")


# --------------------------------------------------------------------------------------------------- the training


def watch(screen: Screen, training: Training) -> None:
    """Run the training to its end and show it: a bar on a terminal, a line for each epoch everywhere."""
    from ftcli.runs.training import RetryReport, StartReport
    from ftcli.training.fit import StepReport

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
    """Examples a second since it was last taken; validation and saving don't count. And when to show them again."""

    def __init__(self) -> None:
        self._begun, self._examples, self._last = time.monotonic(), 0, time.monotonic()
        self._shown = -math.inf

    def due(self) -> bool:
        """Whether it is time to show a step: reading its loss makes the next one wait until a GPU is done."""
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


# ---------------------------------------------------------------------------------------------------- the figures


def show_scores(
    screen: Screen, name: str, figures: Mapping[str, float], classes: Sequence[Mapping[str, Any]]
) -> None:
    """The figures of one split, then the table by class."""
    screen.line(
        f"{name}: " + "  ".join(f"{figure} {value:.4f}" for figure, value in figures.items()), style="bold"
    )
    if classes:
        screen.rows([tuple(classes[0]), *(tuple(row.values()) for row in classes)])
