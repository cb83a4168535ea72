"""Which class was taken for which: a matrix with shaded cells where classes are few, else the most frequent pairs."""

from __future__ import annotations

from collections.abc import Sequence

from ftcli.report.markup import Html, element, figure, joined, name
from ftcli.report.outcomes import Confusion, Pair
from ftcli.report.run import Run

_LONGEST_HEAD = 24
# Names that need not be turned to fit above their column.
_UPRIGHT = 3


def section(runs: Sequence[Run]) -> Html | None:
    """The matrix or the pairs of each run."""
    parts = []
    for run in runs:
        if run.outcomes is None:
            continue
        title = name(run.name) if len(runs) > 1 else None
        if run.outcomes.confusion is not None and run.outcomes.confusion.counts:
            parts.append(_figure(title, matrix(run.outcomes.confusion)))
        elif run.outcomes.confused:
            parts.append(_figure(title, _pairs(run.outcomes.confused)))
    return (
        element(
            "section", element("h2", "Confusion"), element("div", parts, class_="matrices"), id="confusion"
        )
        if parts
        else None
    )


def _figure(title: Html | None, table: Html) -> Html:
    caption = element("figcaption", title) if title is not None else None
    return element("figure", caption, element("div", table, class_="scroll", tabindex=0))


def matrix(confusion: Confusion) -> Html:
    """True classes down, predicted ones across; a cell is shaded by its share of its row."""
    upright = all(len(one) <= _UPRIGHT for one in confusion.classes)
    heads = [
        element(
            "th",
            element("span", name(one, _LONGEST_HEAD)),
            class_="across upright" if upright else "across",
            scope="col",
        )
        for one in confusion.classes
    ]
    rows = []
    for index, (one, counts) in enumerate(zip(confusion.classes, confusion.counts, strict=True)):
        whole = sum(counts)
        cells = [_cell(count, whole, column == index) for column, count in enumerate(counts)]
        rows.append(element("tr", element("th", name(one, _LONGEST_HEAD), scope="row"), cells))
    corner = element("th", joined("true ↓ predicted →"), class_="corner")
    return element(
        "table",
        element("thead", element("tr", corner, heads)),
        element("tbody", rows),
        class_="matrix",
    )


def _cell(count: int, whole: int, right: bool) -> Html:
    share = count / whole if whole else 0.0
    kind = "right" if right else "wrong"
    return element(
        "td",
        figure(count) if count or right else element("data", "·", value="0"),
        class_=f"{kind} full" if share > 0.55 else kind,
        style=f"--s:{share:.2f}" if count else None,
    )


def _pairs(pairs: Sequence[Pair]) -> Html:
    heads = [element("th", "true"), element("th", "predicted"), element("th", "times", class_="num")]
    rows = [
        element(
            "tr",
            element("th", name(pair.true), scope="row"),
            element("td", name(pair.predicted)),
            element("td", figure(pair.count), class_="num"),
        )
        for pair in pairs
    ]
    return element(
        "table", element("thead", element("tr", heads)), element("tbody", rows), class_="wide sortable"
    )
