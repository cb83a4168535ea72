"""The charts of one run, or of several on the same axes; and all of them as one SVG file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import resources

from ftcli.report.chart import HEIGHT, WIDTH, Band, Chart, Series, draw
from ftcli.report.history import History
from ftcli.report.markup import Html, element
from ftcli.report.run import Run
from ftcli.report.thinning import Point

_GAP = 24
STYLE = resources.files("ftcli.report").joinpath("charts.css").read_text(encoding="utf-8")
# The colours of charts.css.
COLOURS = 6


def charts(runs: Sequence[Run]) -> list[Chart]:
    """Losses, the watched figure, the learning rate and the time, as far as more than one value of it was logged."""
    epochs = [run for run in runs if run.history.done]
    if not epochs:
        return [one for one in (_by_step(runs),) if one.series]
    found = [_losses(epochs), _watched(epochs), _rates(epochs), _times(epochs)]
    return [chart for chart in found if any(len(one.points) > 1 for one in chart.series)]


def curves_svg(run: Run) -> str | None:
    """All charts of a run in a column, as a file of its own; None where nothing was logged."""
    all_ = charts([run])
    return svg_of(all_) if all_ else None


def svg_of(charts: Sequence[Chart]) -> str:
    """Charts in a column, as a file of its own."""
    drawn = [draw(chart, _GAP, _GAP + index * (HEIGHT + _GAP)) for index, chart in enumerate(charts)]
    width, height = WIDTH + 2 * _GAP, len(charts) * (HEIGHT + _GAP) + _GAP
    svg = element(
        "svg",
        element("style", Html(STYLE)),
        element("rect", width=width, height=height, class_="paper"),
        drawn,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
    )
    return f"{svg}\n"


def _by_step(runs: Sequence[Run]) -> Chart:
    """The loss of runs that have not come to the end of an epoch."""
    series = [
        Series(_label(runs, run, "train"), points, _colour(runs, index, 1), "")
        for index, run in enumerate(runs)
        if (points := run.history.steps.get("loss"))
    ]
    return Chart("Loss", "step", series)


def _losses(runs: Sequence[Run]) -> Chart:
    series = []
    for index, run in enumerate(runs):
        history = run.history
        lines = (
            ("each step", _trimmed(history.over_epochs("loss")), 1, "faint"),
            ("train", _trained(history), 1, "dashed" if len(runs) > 1 else ""),
            ("val", history.epochs.get("val_loss", []), 0, ""),
        )
        series += [
            Series(_label(runs, run, name), points, _colour(runs, index, colour), style)
            for name, points, colour, style in lines
            if points and not (style == "faint" and len(runs) > 1)
        ]
    return _over_epochs("Loss", runs, series)


def _trained(history: History) -> list[Point]:
    return history.epochs.get("train_loss", [])


def _trimmed(points: list[Point]) -> list[Point]:
    """The loss of each step says nothing where an epoch has only one or two of them."""
    return points if len(points) > 4 else []


def _watched(runs: Sequence[Run]) -> Chart:
    metrics = list(dict.fromkeys(run.metric for run in runs if run.metric != "loss"))
    series = [
        Series(_label(runs, run, metrics[0]), points, _colour(runs, index, 0))
        for index, run in enumerate(runs)
        if metrics and (points := run.history.epochs.get(f"val_{metrics[0]}"))
    ]
    return _over_epochs(f"{metrics[0]}, val" if metrics else "", runs, series)


def _rates(runs: Sequence[Run]) -> Chart:
    def rate(history: History) -> list[Point]:
        return history.over_epochs("lr") or history.epochs.get("lr", [])

    return _simple("Learning rate", runs, rate)


def _times(runs: Sequence[Run]) -> Chart:
    return _simple("Seconds per epoch", runs, lambda history: history.epochs.get("seconds", []))


def _simple(title: str, runs: Sequence[Run], of: Callable[[History], list[Point]]) -> Chart:
    series = [
        Series(_label(runs, run, title.lower()), points, _colour(runs, index, 2))
        for index, run in enumerate(runs)
        if (points := of(run.history))
    ]
    return _over_epochs(title, runs, series, from_zero=True)


def _over_epochs(
    title: str, runs: Sequence[Run], series: Sequence[Series], *, from_zero: bool = False
) -> Chart:
    if len(runs) > 1:
        return Chart(title, "epoch", series, from_zero=from_zero, until=max(run.history.done for run in runs))
    history, best = runs[0].history, runs[0].best
    mark = (float(best), f"best: {best}") if best is not None and 0 < best <= history.done else None
    return Chart(title, "epoch", series, tuple(_bands(history)), mark, from_zero, history.done)


def _bands(history: History) -> Iterator[Band]:
    """The phases, where there are several; each begins where the one before it ends."""
    if len(history.phases) > 1:
        for phase in history.phases:
            yield Band(phase.name, phase.first - 1, phase.last)


def _label(runs: Sequence[Run], run: Run, line: str) -> str:
    """What a line shows; of several runs the run, once."""
    if len(runs) == 1:
        return line
    return "" if line == "train" else short(run.name)


def _colour(runs: Sequence[Run], index: int, alone: int) -> int:
    """Of one run each line has a colour of its own; of several runs each run."""
    return alone if len(runs) == 1 else index % COLOURS


def short(name: str, most: int = 22) -> str:
    """A name for a legend."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
