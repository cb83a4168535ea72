"""The figures of each class: a table that can be sorted; of several runs their main figure side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ftcli.report.checked import Number
from ftcli.report.markup import Html, element, figure, name, swatch
from ftcli.report.outcomes import Row
from ftcli.report.run import Run

# By which a class is weak, the first that a table has.
_MAIN = ("f1", "iou", "ap50", "ap", "recall", "accuracy", "precision")
_SUPPORT = ("support", "boxes")
MOST_ROWS = 200


def section(runs: Sequence[Run]) -> Html | None:
    """The table, or nothing where there are no classes."""
    tables = [run.outcomes.per_class if run.outcomes else () for run in runs]
    if not any(tables):
        return None
    table = _single(tables[0]) if len(runs) == 1 else _several(runs, tables)
    longest = max(map(len, tables))
    note = f"The {MOST_ROWS} weakest of " if longest > MOST_ROWS else None
    cut = element("p", note, figure(longest), " classes.", class_="note") if note else None
    return element("section", element("h2", "By class"), cut, table, id="classes") if table else None


def column_of_names(rows: Sequence[Row]) -> str:
    """The column that names the classes: the first of texts."""
    return next((key for key, value in rows[0].items() if isinstance(value, str)), "") if rows else ""


def main_column(rows: Sequence[Row]) -> str | None:
    """The figure by which a class is weak."""
    return next((key for key in _MAIN if rows and isinstance(rows[0].get(key), int | float)), None)


def weakest(rows: Sequence[Row]) -> Row | None:
    """The class with the lowest main figure, of several that occur; None where it is perfect."""
    weak = weak_classes(rows)
    return weak[0] if weak else None


def weak_classes(rows: Sequence[Row]) -> Sequence[Row]:
    """The classes that are not perfect, of several that occur, the one with the lowest main figure first."""
    key = main_column(rows)
    there = [row for row in rows if key and isinstance(row.get(key), int | float) and _occurs(row)]
    if key is None or len(there) < 2:
        return ()
    return [row for row in sorted(there, key=lambda row: row[key]) if row[key] != 1]


def _occurs(row: Row) -> bool:
    return all(row.get(key) != 0 for key in _SUPPORT)


def _shown(rows: Sequence[Row]) -> Sequence[Row]:
    """All, or the weakest of very many."""
    key = main_column(rows)
    if len(rows) <= MOST_ROWS:
        return rows
    return sorted(rows, key=lambda row: _value(row, key) or 0)[:MOST_ROWS]


def _value(row: Row, key: str | None) -> Number | None:
    value = row.get(key or "")
    return None if isinstance(value, str) else value


def _single(rows: Sequence[Row]) -> Html:
    names = column_of_names(rows)
    keys = [key for key in dict.fromkeys(key for row in rows[:50] for key in row) if key != names]
    heads = [element("th", names or "class"), *(element("th", key, class_="num") for key in keys)]
    shares = {key for key in keys if _is_share(rows, key)}
    body = []
    for row in _shown(rows):
        cells = [_cell(_value(row, key), bar=key in shares) for key in keys]
        body.append(element("tr", element("th", name(str(row.get(names, ""))), scope="row"), cells))
    return _table(heads, body)


def _several(runs: Sequence[Run], tables: Sequence[Sequence[Row]]) -> Html | None:
    """The main figure of each class in each run."""
    key = next((found for table in tables if (found := main_column(table))), None)
    if key is None:
        return None
    by_class: list[Mapping[str, Number | None]] = []
    for table in tables:
        names = column_of_names(table)
        by_class.append({str(row.get(names, "")): _value(row, key) for row in table})
    all_ = list(dict.fromkeys(one for classes in by_class for one in classes))[:MOST_ROWS]
    heads = [element("th", key), *_run_heads(runs)]
    body = []
    for one in all_:
        values = [classes.get(one) for classes in by_class]
        known = [value for value in values if value is not None]
        best = max(known) if len(set(known)) > 1 else None
        cells = [_cell(value, bar=True, strong=value is not None and value == best) for value in values]
        body.append(element("tr", element("th", name(one), scope="row"), cells))
    return _table(heads, body)


def _run_heads(runs: Sequence[Run]) -> list[Html]:
    return [element("th", swatch(index), name(run.name, 40), class_="num") for index, run in enumerate(runs)]


def _is_share(rows: Sequence[Row], key: str) -> bool:
    values = [value for row in rows if (value := _value(row, key)) is not None]
    return any(isinstance(value, float) for value in values) and all(0 <= value <= 1 for value in values)


def _cell(value: Number | None, *, bar: bool, strong: bool = False) -> Html:
    drawn = bar and value is not None and 0 <= value <= 1
    shown = element("strong", figure(value)) if strong else figure(value)
    return element(
        "td", shown, class_="num bar" if drawn else "num", style=f"--s:{value:.3f}" if drawn else None
    )


def _table(heads: Sequence[Html], rows: Sequence[Html]) -> Html:
    table = element(
        "table", element("thead", element("tr", heads)), element("tbody", rows), class_="wide sortable"
    )
    return element("div", table, class_="scroll", tabindex=0)
