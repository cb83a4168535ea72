"""How good a model is: the watched figure with its interval, all figures, those of each class, and where it fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ftcli.card.facts import Facts
from ftcli.card.markdown import (
    Markdown,
    blocks,
    bullets,
    heading,
    joined,
    literal,
    name,
    number,
    strong,
    table,
    text,
)
from ftcli.report.outcomes import Figure, Row
from ftcli.report.sections.classes import column_of_names, weak_classes

MOST_CLASSES = 50
_MOST_WEAK, _MOST_PAIRS = 3, 5


def headline(facts: Facts) -> Markdown:
    """The watched figure, or how far a run has come that has none."""
    run, outcomes = facts.run, facts.outcomes
    if (found := run.headline) is None:
        if run.ended:
            return text("No figure is known.")
        of = [" of ", number(run.planned)] if run.planned else []
        done = joined("This run has not ended: ", number(run.history.done), *of, " epochs are done.")
        return blocks(done)
    examples = ["on ", number(facts.examples), " examples of "] if facts.examples else ["on "]
    between = joined(" (", _interval(found), f"; {found.interval}) ") if _interval(found) else Markdown(" ")
    by_them = outcomes.split == "val" and not run.is_probe
    chosen = " The best epoch was chosen by the same examples." if by_them else None
    return joined(
        strong(joined(literal(run.metric), " ", number(found.value))),
        between,
        *examples,
        literal(outcomes.split),
        ".",
        chosen,
    )


def section(facts: Facts) -> Markdown:
    """All figures, and those by class."""
    outcomes = facts.outcomes
    heads = [joined("on ", literal(outcomes.split)), "value", "interval", "how"]
    rows = [
        [literal(key), number(one.value), _interval(one) or "–", one.interval or "–"]
        for key, one in outcomes.figures.items()
    ]
    if not any(one.interval for one in outcomes.figures.values()):
        heads, rows = heads[:2], [row[:2] for row in rows]
    return (
        blocks(heading("Figures"), table(heads, rows), *_classes(outcomes.per_class)) if rows else Markdown()
    )


def _interval(found: Figure) -> Markdown | None:
    if found.low is None or found.high is None:
        return None
    return joined(number(found.low), " to ", number(found.high))


def _classes(rows: Sequence[Row]) -> list[Markdown]:
    if not rows:
        return []
    names = column_of_names(rows)
    keys = [key for key in dict.fromkeys(key for row in rows[:MOST_CLASSES] for key in row) if key != names]
    shown = [[name(str(row.get(names, ""))), *(_cell(row.get(key)) for key in keys)] for row in _shown(rows)]
    note = []
    if len(rows) > len(shown):
        note = [joined("The ", number(len(shown)), " weakest of ", number(len(rows)), " classes.")]
    return [heading("By class", 3), *note, table([names or "class", *keys], shown, numbers=True)]


def _shown(rows: Sequence[Row]) -> Sequence[Row]:
    """All, or of very many the weakest."""
    if len(rows) <= MOST_CLASSES:
        return rows
    return (weak_classes(rows) or rows)[:MOST_CLASSES]


def _cell(value: str | int | float | None) -> Markdown:
    return name(value) if isinstance(value, str) else number(value)


def failings(facts: Facts) -> Markdown:
    """Where the model fails, and what is wrong with its data; nothing where neither is known."""
    found = [*_weak(facts), *_confused(facts), *_findings(facts), *_last(facts)]
    return blocks(heading("Where it fails"), bullets(found)) if found else Markdown()


def _weak(facts: Facts) -> Iterator[Markdown]:
    every = facts.outcomes.per_class
    rows = weak_classes(every)[: min(_MOST_WEAK, max(1, len(every) // 2))]
    names = column_of_names(rows)
    for row in rows:
        figures = [
            joined(of, " ", number(value))
            for of, value in row.items()
            if of != names and not isinstance(value, str)
        ]
        weak = strong(name(str(row.get(names, ""))))
        yield joined("Weak at ", weak, ": ", Markdown(", ".join(figures)), ".")


def _confused(facts: Facts) -> Iterator[Markdown]:
    for pair in facts.outcomes.confused[:_MOST_PAIRS]:
        times = joined(number(pair.count), " times" if pair.count != 1 else " time")
        yield joined(
            strong(name(pair.true)), " was taken for ", strong(name(pair.predicted)), " ", times, "."
        )


def _findings(facts: Facts) -> Iterator[Markdown]:
    for one in facts.run.findings or ():
        yield joined(f"Data, {one.severity}: ", name(facts.names.of(one.message), 300), ".")


def _last(facts: Facts) -> Iterator[Markdown]:
    best, last = facts.run.best_epoch or 0, facts.run.epochs or 0
    if facts.run.ended and best == last > 1:
        yield text("The best epoch is the last: longer training may still help.")
