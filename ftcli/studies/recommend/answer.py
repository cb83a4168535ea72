"""The answer of a study, from what is known of its candidates. Pure: it can be given again after each stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ftcli.studies.recommend.choosing import (
    Difference,
    Option,
    alike,
    cheapest,
    difference,
    separated,
    undominated,
)
from ftcli.studies.recommend.rows import Order, Row, ordered


@dataclass(frozen=True, slots=True)
class Answer:
    """What to fine-tune, and why.

    `order` has the candidates, the best first; controls and candidates without a figure are not in it. `differences`
    are those to the best, by name. `by_race`: whether they are of fine-tuned networks, on the validation split.
    """

    order: Order
    best: Row
    chosen: Row
    words: str
    differences: Mapping[str, Difference] = field(default_factory=dict)
    undominated: Mapping[str, bool] = field(default_factory=dict)
    by_race: bool = False
    # Whether the best is not shown to be better than the same network with random weights.
    control_ties: bool = False
    # Whether no candidate differs from the best.
    alike: bool = False
    # Whether all others are worse beyond doubt, so that a race would add nothing.
    settled: bool = False


def answer(rows: Sequence[Row], examples: int, *, best_only: bool = False) -> Answer | None:
    """The answer so far; None where nothing is known of any candidate. `examples` are those of the evidence."""
    order = ordered(rows, examples)
    controls = [row for row in rows if row.control and row.facts is not None]
    if not order.rows:
        return _from_nothing(order, controls)
    raced = [row for row in order.rows if row.raced is not None and row.raced.finished and row.raced.scores]
    by_race = len(raced) > 1
    compared = sorted(raced, key=_raced_value) if by_race else [*order.rows]
    best = compared[0]
    differences = _differences(best, compared[1:], by_race=by_race)
    options = [Option(row.costs, differences.get(row.candidate.name)) for row in compared]
    options = [
        one for one, row in zip(options, compared, strict=True) if row is best or one.difference is not None
    ]
    known = [row for row in compared if row is best or row.candidate.name in differences]
    chosen = best if best_only else known[cheapest(options)]
    ties = _ties(best, controls)
    same = alike(options)
    return Answer(
        order, best, chosen, _words(best, chosen, differences, by_race=by_race, same=same, ties=ties),
        differences, _set_of_pareto(order.rows), by_race, ties, same, separated(options),
    )  # fmt: skip


def _raced_value(row: Row) -> float:
    return -row.raced.better if row.raced is not None else float("inf")


def _from_nothing(order: Order, controls: Sequence[Row]) -> Answer | None:
    if not controls:
        return None
    only = controls[0]
    words = "no network with pre-trained weights could be tried, so this one learns from nothing"
    return Answer(order, only, only, words)


def _differences(best: Row, others: Sequence[Row], *, by_race: bool) -> dict[str, Difference]:
    """Those of the others that have scores on the same examples."""
    mine = _scores(best, by_race=by_race)
    found = {}
    for row in others:
        theirs = _scores(row, by_race=by_race)
        if mine and len(mine) == len(theirs):
            found[row.candidate.name] = difference(np.asarray(mine), np.asarray(theirs))
    return found


def _scores(row: Row, *, by_race: bool) -> tuple[float, ...]:
    if by_race:
        return row.raced.scores if row.raced is not None else ()
    return row.evidence.scores if row.evidence is not None else ()


def _ties(best: Row, controls: Sequence[Row]) -> bool:
    """Whether random weights of a network are not shown to be worse than the best."""
    by_control = _differences(best, controls, by_race=False)
    return any(not (one.separated and one.mean < 0) for one in by_control.values())


def _set_of_pareto(rows: Sequence[Row]) -> dict[str, bool]:
    judged = [row for row in rows if row.evidence is not None]
    values = [row.evidence.value for row in judged if row.evidence is not None]
    found = undominated(values, [row.costs for row in judged])
    return {row.candidate.name: one for row, one in zip(judged, found, strict=True)}


def _words(
    best: Row, chosen: Row, differences: Mapping[str, Difference], *, by_race: bool, same: bool, ties: bool
) -> str:
    """Why it is chosen, in a sentence."""
    if ties:
        return (
            "none of these helps: the best is not shown to be better than random weights of the same network"
        )
    where = "fine-tuned, on the validation split" if by_race else "by their frozen features"
    if chosen is not best:
        found = differences[chosen.candidate.name]
        less = f"{100 * chosen.seconds / best.seconds:.0f} % of the time" if best.seconds > 0 else "cheaper"
        nearly = "no difference between them" if same else f"no worse than {best.label}"
        return f"{nearly} {where} (p {found.p:.2f}), in {less} of {best.label}"
    if not differences:
        return "the only candidate with a figure"
    if same:
        return f"no difference between them {where}, and it is the cheapest"
    return f"the best {where}"
