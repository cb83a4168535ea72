"""What sweeps over learning rates say, on the terminal: a plot of the losses, the bracket, and what to write."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ftcli.cli.estimate import duration
from ftcli.cli.screen import Screen, show_notes
from ftcli.errors import counted

if TYPE_CHECKING:
    from ftcli.studies.rates import RateStudy

# Cells of the plot, without its labels.
WIDTH, HEIGHT, LEFT = 60, 12, 9


def show_rates(screen: Screen, study: RateStudy, name: str, files: Sequence[Path]) -> None:
    """The plot and the sentences below it."""
    found, rate = study.found.bracket, study.found.rate
    count = counted(len(study.found.swept.curves), "sweep")
    screen.line(f"{name}: loss of a step by the learning rate of the head, median of {count}", style="bold")
    curve = study.median()
    marks = {
        "[": None if found.low is None else rate(found.low),
        "]": None if found.high is None else rate(found.high),
        "^": study.found.lr,
    }
    for line in plot(curve.factors.tolist(), curve.losses.tolist(), marks):
        screen.line(line)
    screen.line()
    # A warning stands below, as a note.
    why = study.found.reason() if found.warning is None else "the usual rate"
    says = {
        "bracket [ ]": study.found.range().removeprefix("bracket "),
        "turns": _seen(found.turns, rate, "where the loss has turned and rises again"),
        "diverges": _seen(found.diverges, rate, "where it is far above its start"),
        "valley, steep": f"{rate(found.valley):.3g}, {rate(found.steep):.3g}; what other tools' rules say",
        "suggestion ^": f"{study.found.lr:.3g}: {why}",
        "spread": f"{rate(found.spread[0]):.3g} to {rate(found.spread[1]):.3g}, by the median and each sweep alone",
    }
    screen.rows(list(says.items()))
    if found.warning is not None:
        show_notes(screen, [found.warning])
    write = study.write_key()
    screen.line(f"write: {write}" if write else "nothing to write: the rate stays as it is", style="bold")
    screen.line(f"took {duration(study.seconds)}; nothing was changed")
    for file in files:
        screen.line(f"wrote {file}")


def _seen(factor: float | None, rate: Callable[[float], float], words: str) -> str:
    return "not seen" if factor is None else f"{rate(factor):.3g}, {words}"


def plot(rates: Sequence[float], losses: Sequence[float], marks: dict[str, float | None]) -> list[str]:
    """Lines of a plot over the logarithm of the rates, of at most `LEFT + WIDTH + 2` cells, and of marks below it."""
    low, high = min(losses), max(losses)
    span = (high - low) or 1.0
    first, across = math.log10(rates[0]), (math.log10(rates[-1] / rates[0]) or 1.0)

    def column(rate: float) -> int:
        share = (math.log10(rate) - first) / across
        return round(min(1.0, max(0.0, share)) * (WIDTH - 1))

    cells = [[" "] * WIDTH for _ in range(HEIGHT)]
    for rate, loss in zip(rates, losses, strict=True):
        cells[round((high - loss) / span * (HEIGHT - 1))][column(rate)] = "•"
    labels = {0: f"{high:.3g}", HEIGHT - 1: f"{low:.3g}"}
    lines = [f"{labels.get(row, ''):>{LEFT - 2}} │{''.join(line)}".rstrip() for row, line in enumerate(cells)]
    lines.append(" " * (LEFT - 1) + "└" + "─" * WIDTH)
    lines.append(" " * LEFT + _ticks(rates, column))
    # Two marks at one place are below each other.
    below: list[list[str]] = []
    for mark, marked in marks.items():
        if marked is None:
            continue
        place = column(marked)
        row = next((one for one in below if one[place] == " "), None)
        if row is None:
            below.append(row := [" "] * WIDTH)
        row[place] = mark
    return [*lines, *((" " * LEFT + "".join(row)).rstrip() for row in below)]


def _ticks(rates: Sequence[float], column: Callable[[float], int]) -> str:
    """The powers of ten, each at its place, as far as there is room."""
    text = ""
    for power in range(math.ceil(math.log10(rates[0]) - 1e-9), math.floor(math.log10(rates[-1]) + 1e-9) + 1):
        label, place = f"1e{power}", column(10.0**power)
        if place >= len(text) + (1 if text else 0) and place + len(label) <= WIDTH + 2:
            text = text.ljust(place) + label
    return text
