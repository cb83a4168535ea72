"""A candidate with all that is known of it, and the order of candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.studies.recommend.ranking.pooling import pooled, prior_weight
from ftcli.studies.recommend.ranking.prior import Prior, prior
from ftcli.studies.recommend.ranking.records import Cost, Evidence, Facts, Raced


@dataclass(slots=True)
class Row:
    """A candidate: what it is and costs, what its features say, how far it was raced, and what is missing of that."""

    candidate: Candidate
    label: str
    # By which records of it are kept.
    key: str
    facts: Facts | None = None
    evidence: Evidence | None = None
    # By the share of the steps that a race pauses at.
    rungs: dict[float, Raced] = field(default_factory=dict)
    cost: Cost | None = None
    # The pooled rank, the best has the least.
    rank: float | None = None
    note: str = ""
    # Whether it is random weights that the study adds, to compare candidates with them.
    added: bool = False
    # Whether it cannot be opened, whatever the time and the limits are.
    refused: bool = False

    @property
    def raced(self) -> Raced | None:
        """What the race has of it so far."""
        return self.rungs[max(self.rungs)] if self.rungs else None

    def at(self, share: float) -> Raced | None:
        """What it has at a share of the steps; a training that ended before has the same at all later ones."""
        ended = [one for one in self.rungs.values() if one.finished]
        return self.rungs.get(share) or next(iter(ended), None)

    @property
    def control(self) -> bool:
        """Whether its weights are random."""
        return self.candidate.control

    @property
    def seconds(self) -> float:
        """What it is expected to take to train, for the choice of the cheapest; measured where it was raced."""
        if self.raced is not None and self.raced.finished:
            return self.raced.seconds
        known = self.cost or self.facts
        return known.train if known is not None else float("inf")

    @property
    def costs(self) -> tuple[float, ...]:
        """The seconds to train, those of an example, and the size of the weights."""
        facts = self.facts
        unknown = (float("inf"),) * 2
        return (self.seconds, *((facts.latency, facts.megabytes) if facts is not None else unknown))


@dataclass(frozen=True, slots=True)
class Order:
    """Candidates in their pooled order, the best first, without controls; what the prior is, and what it counts."""

    rows: tuple[Row, ...]
    prior: Prior | None
    weight: float


def ordered(rows: Sequence[Row], examples: int) -> Order:
    """The candidates whose features were judged on `examples`; where none was, all by what is published of them."""
    known = [row for row in rows if row.facts is not None and not row.control]
    judged = [row for row in known if row.evidence is not None] or known
    facts = [row.facts for row in judged if row.facts is not None]
    if not judged:
        return Order((), None, 0.0)
    before = prior([row.candidate for row in judged], facts)
    measures = _measures(judged)
    weight = prior_weight(examples, comparable=before.comparable) if measures else 1.0
    values = before.values if before.comparable else [0] * len(judged)
    ranks = pooled(measures, values, weight)
    for row, rank in zip(judged, ranks.tolist(), strict=True):
        row.rank = rank
    order = sorted(range(len(judged)), key=lambda i: (ranks[i], judged[i].seconds))
    before = replace(before, values=tuple(before.values[i] for i in order))
    return Order(tuple(judged[i] for i in order), before, weight)


def _measures(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The values of each measure that any of them has."""
    found = [row.evidence.measures() if row.evidence is not None else {} for row in rows]
    return {
        name: [one.get(name) for one in found] for name in dict.fromkeys(key for one in found for key in one)
    }
