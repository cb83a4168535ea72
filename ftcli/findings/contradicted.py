"""Findings on labels that contradict what a network has seen in the inputs: features that training has kept.

Two opinions on each example, of which neither has seen its label, must agree: that of its nearest neighbours, and that
of a linear classifier. Nothing is computed by a network here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.splits import Splits
from ftcli.data.splitting.same_content import Where
from ftcli.errors import counted, cut
from ftcli.findings.corpus import Corpus
from ftcli.findings.finding import Finding, first
from ftcli.findings.neighbours import NEAREST, Opinions, opinions

# Examples that are compared with each other; of more, so many are drawn.
MOST = 50_000
# Measured with planted labels (3 %): digits 24 of 54 found and 1 false, flowers 3 of 10 and none, sentiment nothing, as
# its classes are not told apart. In a class whose own examples are hardly recognised, most of what looks like a wrong
# label is a right one.
AGREEING, MARGIN = 8, 0.6
RECOGNISED, TRUSTED = 0.5, 0.75


@dataclass(frozen=True, slots=True)
class Features:
    """What `network` makes of examples: one row of float32 for each, (N, W)."""

    network: str
    wheres: Sequence[Where]
    rows: NDArray[np.float32]


# The features that are kept of these examples, or of some of them, by each network that has any.
Kept = Callable[[Corpus, Sequence[Where]], Iterable[Features]]


@dataclass(frozen=True, slots=True)
class _Judged:
    """`share`: of training examples whose neighbours have their label; `found`: numbers of rows, the surest first."""

    features: Features
    classes: NDArray[np.str_]
    opinions: Opinions
    share: float
    found: NDArray[np.int64]

    def places(self, corpus: Corpus) -> Iterator[str]:
        """Each example with its label and that of its neighbours."""
        for number in self.found.tolist():
            where, votes = self.features.wheres[number], int(self.opinions.votes[number])
            among = f"its {NEAREST}" if votes == NEAREST else f"{votes} of its {NEAREST}"
            label, other = corpus.label(where), self.classes[self.opinions.voted[number]]
            yield corpus.about(where, f"is labelled {cut(label)}, {among} nearest are {cut(other)}")


def on_contradicted(splits: Splits, corpus: Corpus, kept: Kept) -> Iterator[Finding]:
    """Examples of one class each whose kept features are those of another class.

    Nothing is said where no features are kept, or where they do not tell the classes apart. Of several networks the one
    that does so best decides.
    """
    kind = KINDS[splits.target.kind]
    if kind.many or not kind.counts_examples:
        return
    wheres = _drawn(corpus.all())
    judged = [one for features in kept(corpus, wheres) if (one := _judge(corpus, features))]
    best = max(judged, key=lambda one: one.share, default=None)
    if best is None or best.share < TRUSTED or not len(best.found):
        return
    count, total, seen = len(best.found), len(corpus.all()), len(best.features.wheres)
    some = "" if seen == total else f"; {seen:,} of {total:,} examples were compared"
    drawn = ", drawn at random" if total > MOST else ""
    yield Finding(
        "contradicted-label",
        # It may be right all the same, and what is kept in the cache does not decide whether data pass.
        "note",
        count,
        f"{counted(count, 'label')} that the kept features of {cut(best.features.network)} contradict{some}{drawn}",
        first(best.places(corpus)),
        "look at them, and correct those that are wrong: the network may be wrong, too",
    )


def _drawn(wheres: Sequence[Where]) -> Sequence[Where]:
    """At most `MOST` of them, the same each time, in their order."""
    if len(wheres) <= MOST:
        return wheres
    chosen = np.random.default_rng(0).choice(len(wheres), MOST, replace=False)
    return [wheres[number] for number in np.sort(chosen).tolist()]


def _judge(corpus: Corpus, features: Features) -> _Judged | None:
    """None where there are too few examples for an opinion."""
    classes, labels = np.unique([str(corpus.label(where)) for where in features.wheres], return_inverse=True)
    training = np.asarray([where[0] == "train" for where in features.wheres])
    found = opinions(features.rows, labels, training)
    if found is None:
        return None
    right = found.voted == labels
    sizes, recognised = (
        np.bincount(labels[chosen], minlength=len(classes)) for chosen in (training, training & right)
    )
    # Of a smaller class not even a right example could have all its neighbours.
    known = (sizes > NEAREST) & (recognised >= RECOGNISED * sizes)
    contradicted = (
        ~right & (found.votes >= AGREEING) & (found.own == 0) & (found.margin > MARGIN) & known[labels]
    )
    order = np.argsort(-found.margin, kind="stable")
    return _Judged(features, classes, found, float(right[training].mean()), order[contradicted[order]])
