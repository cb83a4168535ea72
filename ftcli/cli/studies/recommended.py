"""What `ftcli recommend` prints: what it does, the table of candidates, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ftcli.cli.estimate import duration
from ftcli.cli.screen import show_notes
from ftcli.cli.studies.costs import money_words
from ftcli.cli.terminal_table import shortened_middle
from ftcli.errors import command, counted

if TYPE_CHECKING:
    from ftcli.cli.screen import Screen

# Of a label, on a terminal.
_WIDEST, _NARROWEST = 40, 24
_FIGURES = {"r2": "R2"}


def show(screen: Screen, document: Mapping[str, Any]) -> None:
    """The table, what it stands on, what was not tried, and the answer."""
    seconds = document["seconds"]
    stages = ", ".join(
        f"{name} {duration(value)}" for name, value in seconds.items() if name != "all" and value >= 0.5
    )
    screen.line(
        _head(document) + f" {duration(seconds['all'])}" + (f" ({stages})." if stages else "."), hang=2
    )
    rows = [one for one in document["candidates"] if one["rank"] is not None or one["control"]]
    if rows:
        screen.rows(_table(rows, document, screen.width), indent="")
    for line in _legend(document):
        screen.line(line, hang=2)
    show_notes(screen, document["notes"])
    show_notes(screen, (f"not tried: {one['name']}: {one['reason']}" for one in document["not_tried"]))
    if document["chosen"] is None:
        return
    chosen = next(one for one in document["candidates"] if one["name"] == document["chosen"])
    screen.line(f"{chosen['label']}: {document['why']}", style="bold", hang=2)
    screen.line(f"Train it: {command('train', document['recommended'])}", hang=2)


def _head(document: Mapping[str, Any]) -> str:
    sampled = document["sampled"]
    of = f", evidence from {sampled:,} of them" if 0 < sampled < document["examples"] else ""
    chance = f" Chance {document['chance']:.2f}." if document["chance"] is not None else ""
    tried = counted(sum(not one["control"] for one in document["candidates"]), "candidate")
    return f"{counted(document['examples'], 'training example')}{of}.{chance} {tried},"


def _table(
    rows: Sequence[Mapping[str, Any]], document: Mapping[str, Any], width: int | None
) -> list[tuple[str, ...]]:
    """The head and the rows: the columns that any row has something in, as many of them as a line has room for."""
    cells = {name: [shown(one) for one in rows] for name, shown in _COLUMNS.items()}
    cells = {name: column for name, column in cells.items() if any(column)}
    known = next((one["evidence"] for one in rows if one["evidence"] is not None), None)
    names = {"probe": "probe" if known is None else _FIGURES.get(known["figure"], known["figure"])}
    for name in _SPARED:
        if width is not None and _width(cells, names) > width:
            cells.pop(name, None)
    widest = (
        _WIDEST if width is None else max(_NARROWEST, min(_WIDEST, width - _width(cells, names) + _NARROWEST))
    )
    labels = [shortened_middle(one["label"], widest) for one in rows]
    head = ("", "model", *(names.get(name, name) for name in cells))
    columns = zip([_mark(one, document) for one in rows], labels, *cells.values(), strict=True)
    return [head, *(tuple(text or "-" if i else text for i, text in enumerate(row)) for row in columns)]


def _width(cells: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> int:
    """The cells of a line with the narrowest labels."""
    widths = [max(map(len, (names.get(name, name), *column, "-"))) for name, column in cells.items()]
    return 2 + 2 + _NARROWEST + sum(2 + width for width in widths)


def _mark(one: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """`->` the chosen one, `*` the best, `=` one that does not differ from it."""
    if one["name"] == document["chosen"]:
        return "->"
    if one["name"] == document["best"]:
        return "*"
    apart = one["difference"]
    return "=" if apart is not None and (apart["low"] is None or apart["low"] <= 0 <= apart["high"]) else ""


def _of(values: Mapping[str, Any] | None, name: str, form: str, times: float = 1) -> str:
    value = None if values is None else values[name]
    return "" if value is None else form.format(value * times)


def _probe(one: Mapping[str, Any]) -> str:
    evidence = one["evidence"]
    return "" if evidence is None else f"{evidence['value']:.3f} +-{evidence['error']:.3f}"


def _raced(one: Mapping[str, Any]) -> str:
    raced = one["raced"]
    if raced is None:
        return ""
    part = "" if raced["share"] >= 1 else f" @{raced['share']:.0%}"
    return f"{raced['value']:.3f}{part}"


def _train(one: Mapping[str, Any]) -> str:
    raced, cost = one["raced"], one["cost"]
    if raced is not None and raced["share"] >= 1:
        return duration(raced["seconds"])
    if cost is None:
        return ""
    return f"{'' if cost['measured'] else '~'}{duration(cost['train'])}"


# In the order of the table; of a narrow terminal some are spared, the first first. JSON has all.
_COLUMNS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "probe": _probe,
    "kNN": lambda one: _of(one["evidence"], "nearest", "{:.2f}"),
    "LogME": lambda one: _of(one["evidence"], "log_evidence", "{:.2f}"),
    "raced": _raced,
    "train": _train,
    "money": lambda one: "" if one["money"] is None else money_words(one["money"]),
    "GiB": lambda one: _of(one["cost"], "memory", "{:.1f}", 2**-30),
    "ms": lambda one: _of(one["cost"], "latency", "{:.0f}", 1000),
    "MB": lambda one: _of(one["cost"], "megabytes", "{:.0f}"),
}
_SPARED = ("LogME", "kNN", "MB")


def _legend(document: Mapping[str, Any]) -> Iterator[str]:
    ranked = [one for one in document["candidates"] if one["rank"] is not None]
    guessed = any(one["cost"] is not None and not one["cost"]["measured"] for one in document["candidates"])
    words = ["-> chosen, * best, = no difference from it" if len(ranked) > 1 else "-> chosen"]
    if any(one["evidence"] is not None for one in ranked):
        words.append("+- is 95 %")
    if guessed:
        words.append("~ is a guess, the rest is measured")
    words.append("ms of one example")
    if document["price"] is not None:
        words.append(f"money at {document['price']:g} an hour")
    yield "; ".join(words)
    if any(one["evidence"] is not None and one["evidence"]["layer_mean"] for one in ranked):
        yield "features are the mean over the layers of a network: the probe of a training has its last layer alone"
    metrics = {one["raced"]["metric"]: None for one in ranked if one["raced"] is not None}
    if metrics:
        yield f"raced: {', '.join(metrics)} on the validation split"
    prior = document["prior"]
    if prior is not None and document["sampled"] and len(ranked) > 1:
        yield f"prior: {prior['measure']}" + (
            f", weight {prior['weight']:.2f} at {document['sampled']:,} examples" if prior["weight"] else ""
        )
    if document["only_raced"] is not None:
        yield f"no evidence: {document['only_raced']}; candidates are only raced"
