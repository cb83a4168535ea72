"""A line chart as SVG, written by hand: axes, ticks, legend, bands behind the lines, one marked x. No plot library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ftcli.report.markup import Html, element, joined, rounded
from ftcli.report.thinning import Point

WIDTH, HEIGHT = 460, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 450, 66, 240
# Wide as an average character of the labels.
_CHARACTER = 6.6
# Up to so many points are drawn as dots, which tell their value when pointed at.
_DOTTED = 40
_LOG_FROM = 50
# Powers of ten are written as 1e-4, all of an axis, where one is smaller.
_PLAIN_FROM = 1e-3
# What is closer to 0 has no logarithm of its tenth: floating point ends there.
_SMALLEST = 1e-290


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its colour is that of class c0, c1, ...; `dashed` or `faint` distinguish lines of one colour."""

    label: str
    points: Sequence[Point]
    colour: int
    style: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of x with a name, behind the lines."""

    label: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. `mark` is an x that a dashed line shows, with its label.

    x goes from 0 as far as all points and `until`; with `from_zero` y begins at 0, too. With `powers` x is logarithmic,
    and all points are above 0.
    """

    title: str
    x_label: str
    series: Sequence[Series]
    bands: Sequence[Band] = ()
    mark: tuple[float, str] | None = None
    from_zero: bool = False
    until: float = 0.0
    powers: bool = False


class Axis:
    """From values to places between `start` and `end`; `logarithmic` where positive values differ by a large factor."""

    def __init__(
        self, values: Sequence[float], start: float, end: float, *, whole: bool = False, zoom: bool = True
    ) -> None:
        low, high = min(values), max(values)
        self.logarithmic = zoom and not whole and low > _SMALLEST and high / low > _LOG_FROM
        self._start, self._end = start, end
        if self.logarithmic:
            self.ticks = _powers(low, high)
            low, high = min(low, self.ticks[0]), max(high, self.ticks[-1])
            self._low, self._span = math.log(low), math.log(high) - math.log(low)
            return
        step = _step(max(high - low or abs(high) or 1.0, _SMALLEST), whole)
        if zoom:
            low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
        high = high if high > low else low + step
        self.ticks = list(_multiples(low, high, step))
        self._low, self._span = low, high - low
        self._decimals = _decimals(step)

    def __call__(self, value: float) -> float:
        """The place of a value."""
        share = ((math.log(value) if self.logarithmic else value) - self._low) / self._span
        return self._start + share * (self._end - self._start)

    def label(self, tick: float) -> str:
        """The text at a tick."""
        if self.logarithmic and self.ticks[0] < _PLAIN_FROM:
            return f"1e{round(math.log10(tick))}"
        if self.logarithmic or abs(self._span) < 1e-4 or abs(tick) >= 1e6:
            return f"{tick:g}"
        return f"{tick:,.{self._decimals}f}"


def _step(span: float, whole: bool) -> float:
    """The distance of ticks, 1, 2, 2.5 or 5 times a power of ten, of which about five are in a span."""
    size = 10.0 ** math.floor(math.log10(span / 5))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= span / 5 * 0.999)
    return max(1.0, float(math.ceil(step))) if whole else step


def _decimals(step: float) -> int:
    """As many as tell multiples of a step apart: 0.25 needs two."""
    first = max(0, -math.floor(math.log10(step) + 1e-9))
    return first if math.isclose(step * 10**first, round(step * 10**first)) else first + 1


def _multiples(low: float, high: float, step: float) -> Iterator[float]:
    first = math.ceil(low / step - 1e-9)
    for number in range(first, first + 12):
        if number * step > high + step * 1e-6:
            return
        yield number * step + 0.0


def _powers(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = max(1, len(powers) // 6)
    return [10.0**power for power in powers[::every]]


def draw(chart: Chart, x: float = 0, y: float = 0) -> Html:
    """The chart as an <svg> element at (x, y) of one around it, if there is any. At least one point is drawn."""
    across, up = _axes(chart)
    title = chart.title + (" (logarithmic)" if up.logarithmic else "")
    return element(
        "svg",
        element("text", title, class_="title", x=0, y=15),
        _legend(chart),
        [_band(band, across, place) for band, place in zip(chart.bands, _places(chart.bands), strict=True)],
        [_level(tick, up) for tick in up.ticks],
        [_tick(tick, across) for tick in across.ticks],
        element("text", chart.x_label, class_="tick", x=_RIGHT, y=_BOTTOM + 34, text_anchor="end"),
        _mark(chart, across),
        [_line(one, across, up) for one in chart.series],
        [_dots(one, chart.x_label, across, up) for one in chart.series],
        class_="chart",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        x=x or None,
        y=y or None,
        width=WIDTH if y or x else None,
        height=HEIGHT if y or x else None,
        role="img",
        aria_label=f"{title}: {', '.join(one.label for one in chart.series if one.label)}, by {chart.x_label}",
    )


def _axes(chart: Chart) -> tuple[Axis, Axis]:
    xs = [x for one in chart.series for x, _ in one.points]
    ys = [y for one in chart.series for _, y in one.points]
    xs += [edge for band in chart.bands for edge in (band.left, band.right)]
    ys += [0.0] if chart.from_zero else []
    if chart.powers:
        return Axis(xs, _LEFT, _RIGHT), Axis(ys, _BOTTOM, _TOP)
    return Axis([0.0, chart.until, *xs], _LEFT, _RIGHT, whole=True, zoom=False), Axis(ys, _BOTTOM, _TOP)


def _legend(chart: Chart) -> Iterator[Html]:
    """Below the title, a sample of each line and its label, as far as there is room."""
    labelled = [one for one in chart.series if one.label]
    if len(labelled) < 2:
        return
    left = 0.0
    for one in labelled:
        room = 26 + len(one.label) * _CHARACTER
        if left + room > WIDTH and left:
            return
        yield element("line", x1=f"{left:.1f}", x2=f"{left + 18:.1f}", y1=31, y2=31, class_=_classes(one))
        yield element("text", one.label, x=f"{left + 23:.1f}", y=35, class_="tick")
        left += room + 14


def _classes(series: Series) -> str:
    return f"line c{series.colour} {series.style}".rstrip()


def _places(bands: Sequence[Band]) -> list[str]:
    """Every second is filled, so that neighbours are told apart; one alone is filled."""
    return ["even" if index % 2 or len(bands) == 1 else "odd" for index in range(len(bands))]


def _band(band: Band, across: Axis, place: str) -> Html:
    left, right = across(band.left), across(band.right)
    fits = len(band.label) * _CHARACTER + 8 < right - left
    label = element("text", band.label, x=f"{left + 5:.1f}", y=_TOP - 5, class_="phase") if fits else None
    edge = element("rect", x=f"{left:.1f}", y=_TOP - 17, width=1, height=_BOTTOM - _TOP + 17, class_="edge")
    area = element(
        "rect",
        element("title", band.label),
        x=f"{left:.1f}",
        y=_TOP - 17,
        width=f"{right - left:.1f}",
        height=_BOTTOM - _TOP + 17,
        class_=f"band {place}",
    )
    return joined(area, edge, label)


def _level(tick: float, up: Axis) -> Html:
    y = up(tick)
    return joined(
        element("line", x1=_LEFT, x2=_RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="level"),
        element("text", up.label(tick), x=_LEFT - 8, y=f"{y + 4:.1f}", class_="tick", text_anchor="end"),
    )


def _tick(tick: float, across: Axis) -> Html:
    x = across(tick)
    label = across.label(tick)
    # What is beyond the edge of the chart is not drawn.
    middle = min(x, WIDTH - len(label) * _CHARACTER / 2)
    return joined(
        element("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=_BOTTOM, y2=_BOTTOM + 4, class_="axis"),
        element("text", label, x=f"{middle:.1f}", y=_BOTTOM + 18, class_="tick", text_anchor="middle"),
    )


def _mark(chart: Chart, across: Axis) -> Html | None:
    if chart.mark is None:
        return None
    place, (_, label) = across(chart.mark[0]), chart.mark
    x, half = f"{place:.1f}", len(label) * _CHARACTER / 2
    # Left of the label of the axis.
    middle = min(max(place, half), _RIGHT - half - len(chart.x_label) * _CHARACTER - 14)
    return joined(
        element("line", element("title", label), x1=x, x2=x, y1=_TOP, y2=_BOTTOM + 22, class_="mark"),
        element("text", label, x=f"{middle:.1f}", y=_BOTTOM + 34, class_="tick", text_anchor="middle"),
    )


def _line(series: Series, across: Axis, up: Axis) -> Html:
    points = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in series.points)
    return element("polyline", points=points, class_=_classes(series))


def _dots(series: Series, x_label: str, across: Axis, up: Axis) -> Iterator[Html]:
    if len(series.points) > _DOTTED or series.style == "faint":
        return
    for x, y in series.points:
        yield element(
            "circle",
            element("title", f"{series.label}: {rounded(y)} at {x_label} {x:g}"),
            cx=f"{across(x):.1f}",
            cy=f"{up(y):.1f}",
            r=2.6,
            class_=f"dot c{series.colour} {series.style}".rstrip(),
        )
