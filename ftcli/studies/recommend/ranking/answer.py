"""The answer of a study, from what is known of its candidates. Pure: it can be given again after each stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ftcli.studies.recommend.ranking.choosing import (
    Difference,
    Option,
    alike,
    cheapest,
    difference,
    separated,
    undominated,
)
from ftcli.studies.recommend.ranking.rows import Order, Row, ordered


@dataclass(frozen=True, slots=True)
class Answer:
    """What to fine-tune, and why.

    `order` has the candidates, the best first; controls and candidates without a figure are not in it. `differences`
    are those to the best, by name: of networks that are fine-tuned to the share `raced` of their steps, on the
    validation split; where that is 0, of frozen features.
    """

    order: Order
    best: Row
    chosen: Row
    words: str
    differences: Mapping[str, Difference] = field(default_factory=dict)
    undominated: Mapping[str, bool] = field(default_factory=dict)
    raced: float = 0.0
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
    share, raced = _raced(order.rows)
    compared = sorted(raced, key=lambda row: -_better(row, share)) if raced else [*order.rows]
    best = compared[0]
    differences = _differences(best, compared[1:], share)
    options = [Option(row.costs, differences.get(row.candidate.name)) for row in compared]
    options = [
        one for one, row in zip(options, compared, strict=True) if row is best or one.difference is not None
    ]
    known = [row for row in compared if row is best or row.candidate.name in differences]
    chosen = best if best_only else known[cheapest(options)]
    ties = _ties(best, controls)
    same = alike(options)
    return Answer(
        order, best, chosen, _words(best, chosen, known, differences, share, same=same, ties=ties),
        differences, _set_of_pareto(order.rows), share, ties, same, separated(options),
    )  # fmt: skip


def _raced(rows: Sequence[Row]) -> tuple[float, list[Row]]:
    """The largest share of the steps that two candidates or more were trained to, and those; 0 where there is none."""
    for share in sorted({share for row in rows for share in row.rungs}, reverse=True):
        found = [row for row in rows if row.at(share) is not None]
        if len(found) > 1:
            return share, found
    return 0.0, []


def _better(row: Row, share: float) -> float:
    raced = row.at(share)
    return float("-inf") if raced is None else raced.better


def _from_nothing(order: Order, controls: Sequence[Row]) -> Answer | None:
    if not controls:
        return None
    only = controls[0]
    words = "no network with pre-trained weights could be tried, so this one learns from nothing: --models names some"
    return Answer(order, only, only, words)


def _differences(best: Row, others: Sequence[Row], share: float) -> dict[str, Difference]:
    """Those of the others that have scores on the same examples."""
    mine = _scores(best, share)
    found = {}
    for row in others:
        theirs = _scores(row, share)
        if mine and len(mine) == len(theirs):
            found[row.candidate.name] = difference(mine, theirs)
    return found


def _scores(row: Row, share: float) -> tuple[float, ...]:
    if share > 0:
        raced = row.at(share)
        return () if raced is None else raced.scores
    return row.evidence.scores if row.evidence is not None else ()


def _ties(best: Row, controls: Sequence[Row]) -> bool:
    """Whether random weights of a network are not shown to be worse than the best."""
    by_control = _differences(best, controls, 0.0)
    return any(not (one.separated and one.mean < 0) for one in by_control.values())


def _set_of_pareto(rows: Sequence[Row]) -> dict[str, bool]:
    judged = [row for row in rows if row.evidence is not None]
    values = [row.evidence.value for row in judged if row.evidence is not None]
    found = undominated(values, [row.costs for row in judged])
    return {row.candidate.name: one for row, one in zip(judged, found, strict=True)}


def _words(
    best: Row,
    chosen: Row,
    compared: Sequence[Row],
    differences: Mapping[str, Difference],
    share: float,
    *,
    same: bool,
    ties: bool,
) -> str:
    """Why it is chosen, in a sentence."""
    if ties:
        return (
            "none of these helps: the best is not shown to be better than random weights of the same network"
        )
    part = "" if share >= 1 else f" to {share:.0%} of the steps"
    where = f"fine-tuned{part}, on the validation split" if share > 0 else "by frozen features"
    if chosen is not best:
        found = differences[chosen.candidate.name]
        less = f"{100 * chosen.seconds / best.seconds:.0f} % of the time" if best.seconds > 0 else "cheaper"
        nearly = "no difference between them" if same else f"no worse than {best.label}"
        return f"{nearly} {where} (p {found.p:.2f}), in {less} of {best.label}"
    if not differences and share == 0:
        return "the only candidate with a figure"
    if same and chosen.costs[0] <= min(row.costs[0] for row in compared):
        return f"no difference between them {where}, and it is the cheapest"
    if same:
        return f"the best {where}, though no other is shown to be worse"
    return f"the best {where}"
