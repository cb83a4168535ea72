"""How well an order of candidates agrees with what fine-tuning gives: weighted tau, and what the first one loses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata, weightedtau

STATIC = "static"
RANKERS = ("recommend", STATIC, "probe", "kNN", "LogME", "H-score")
RESAMPLES = 2_000


@dataclass(frozen=True)
class Candidate:
    """A candidate on one set: its score after fine-tuning, once a seed, and the value that each ranker gives it.

    More is better of both; `seconds` are those of one fine-tuning.
    """

    name: str
    label: str
    control: bool
    scores: tuple[float, ...]
    seconds: float
    rankers: Mapping[str, float]

    @property
    def truth(self) -> float:
        """The mean score."""
        return float(np.mean(self.scores))


@dataclass(frozen=True)
class Set:
    """A set of data: its candidates, what `recommend` calls best and what it chooses, and the seconds of two calls."""

    name: str
    candidates: tuple[Candidate, ...]
    best: str
    chosen: str
    first: float
    second: float

    @property
    def real(self) -> list[Candidate]:
        """The candidates that are not controls."""
        return [one for one in self.candidates if not one.control]

    def lost(self, name: str) -> float:
        """What the candidate of this name scores less than the best of all."""
        truth = {one.name: one.truth for one in self.candidates}
        return max(truth.values()) - truth[name]


def static(one: Set, sets: Sequence[Set]) -> dict[str, float]:
    """A list that never looks at the data: less the mean rank of each candidate on the other sets that have it."""
    ranks: dict[str, list[float]] = {}
    for other in sets:
        if other is not one:
            order = rankdata([-each.truth for each in other.real])
            for each, rank in zip(other.real, order, strict=True):
                ranks.setdefault(each.name, []).append(float(rank) / len(order))
    return {each.name: -float(np.mean(ranks[each.name])) for each in one.real if each.name in ranks}


def values(one: Set, ranker: str, sets: Sequence[Set]) -> dict[str, float]:
    """What a ranker gives each candidate of a set that is not a control."""
    if ranker == STATIC:
        return static(one, sets)
    return {each.name: each.rankers[ranker] for each in one.real if ranker in each.rankers}


def agreement(one: Set, given: Mapping[str, float]) -> tuple[float, float]:
    """Weighted tau of a ranker with the truth, and what its first candidate loses; NaN where it does not rank all."""
    if len(given) < max(2, len(one.real)):
        return math.nan, math.nan
    tau = weightedtau([each.truth for each in one.real], [given[each.name] for each in one.real]).statistic
    return float(tau), one.lost(max(given, key=given.__getitem__))


def noise(one: Set) -> float:
    """The standard deviation of a score over seeds, the mean over candidates; NaN with one seed."""
    several = [each.scores for each in one.candidates if len(each.scores) > 1]
    return math.sqrt(np.mean([np.var(scores, ddof=1) for scores in several])) if several else math.nan


def controls_last(one: Set) -> bool:
    """Whether each control scores less after fine-tuning than what `recommend` calls best."""
    best = next(each.truth for each in one.candidates if each.name == one.best)
    return all(each.truth < best for each in one.candidates if each.control and each.name != one.best)


def table(sets: Sequence[Set]) -> str:
    """All figures, in points of the score times 100: by ranker, then by set."""
    lines = [f"{'':12}{'weighted tau':>20}{'points lost by the first':>30}"]
    for ranker in RANKERS:
        pairs = [agreement(one, values(one, ranker, sets)) for one in sets]
        lines.append(
            f"{ranker:12}{_mean([tau for tau, _ in pairs]):>20}{_points([lost for _, lost in pairs]):>30}"
        )
    lines += [
        f"{'after race':12}{'':20}{_points([one.lost(one.best) for one in sets]):>30}",
        f"{'chosen':12}{'':20}{_points([one.lost(one.chosen) for one in sets]):>30}",
        "",
        f"{'set':20}{'candidates':>10}{'noise':>8}{'controls last':>15}{'cost':>8}{'again':>8}{'time of chosen':>16}",
    ]
    lines += [_line(one) for one in sets]
    return "\n".join(lines)


def _line(one: Set) -> str:
    seconds = {each.name: each.seconds for each in one.candidates}
    best = max(one.candidates, key=lambda each: each.truth)
    last = "yes" if controls_last(one) else "no"
    return (
        f"{one.name[:19]:20}{len(one.candidates):>10}{100 * noise(one):>8.2f}{last:>15}"
        f"{one.first / sum(seconds.values()):>8.0%}{one.second / one.first:>8.0%}"
        f"{seconds[one.chosen] / seconds[best.name]:>16.0%}"
    )


def _points(found: Sequence[float]) -> str:
    worst = f", worst {100 * max(found):.2f}" if not np.isnan(found).all() else ""
    return _mean([100 * one for one in found], 2) + worst


def _mean(found: Sequence[float], digits: int = 3) -> str:
    """The mean over the sets that have the figure, with its standard error by a bootstrap of the sets."""
    known = np.asarray([one for one in found if not math.isnan(one)])
    if not len(known):
        return "-"
    draw = np.random.default_rng(0).integers(0, len(known), (RESAMPLES, len(known)))
    error = f" +-{known[draw].mean(axis=1).std():.{digits}f}" if len(known) > 1 else ""
    return f"{known.mean():.{digits}f}{error}"
