"""Two runs on the examples that both have scored: a paired test, and where they differ most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ftcli.report.checked import fields, words
from ftcli.report.files import read_json
from ftcli.report.predictions import Predicted, aligned, read_predictions
from ftcli.report.run import DATA, LARGEST_DATA, Run
from ftcli.system.bounded import UnreadableError

if TYPE_CHECKING:
    from ftcli.metrics.paired import Paired

# Examples that are shown of those that two runs score differently.
MOST_SHOWN = 12
Pair = tuple[Predicted, Predicted]


@dataclass(frozen=True, slots=True)
class Differing:
    """An example that two runs score differently."""

    id: str
    true: str
    predicted: tuple[str, str]
    scores: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tested:
    """A paired test of the second run against the first; `scored` is how many examples each has scored."""

    test: Paired
    scored: tuple[int, int]
    # Whether a score says right or wrong.
    binary: bool
    # Those with the largest difference first.
    differing: tuple[Differing, ...]


def paired_test(one: Run, other: Run) -> Tested:
    """Test two runs on the examples of both. Raises `UnreadableError` with the reason why that is not possible."""
    from ftcli.metrics.paired import paired

    meanings = [run.outcomes.score for run in (one, other) if run.outcomes is not None and run.outcomes.score]
    if len(set(meanings)) > 1:
        raise UnreadableError(f"a score is {meanings[0]!r} in one and {meanings[1]!r} in the other")
    first, second = read_predictions(one.path), read_predictions(other.path)
    pairs = _pairs(first, second, _Contents.of(one), _Contents.of(other))
    mine, theirs = [row.score for row, _ in pairs], [row.score for _, row in pairs]
    binary = all(score in (0, 1) for score in (*mine, *theirs))
    return Tested(paired(mine, theirs), (len(first), len(second)), binary, _differing(pairs))


def _differing(pairs: Sequence[Pair]) -> tuple[Differing, ...]:
    found = [
        Differing(*a.example, (a.predicted, b.predicted), (a.score, b.score))
        for a, b in pairs
        if a.score != b.score
    ]
    found.sort(key=lambda row: -abs(row.scores[1] - row.scores[0]))
    return tuple(found[:MOST_SHOWN])


@dataclass(frozen=True, slots=True)
class _Contents:
    """What data.json says of the scored split: the hash of each example by its id, and of all; nothing if unknown."""

    each: Mapping[str, Any]
    digest: str | None

    @classmethod
    def of(cls, run: Run) -> _Contents:
        """That of a run."""
        split = run.outcomes.split if run.outcomes is not None else ""
        try:
            known = fields(read_json(run.path / DATA, LARGEST_DATA).get(split))
        except (FileNotFoundError, UnreadableError):
            known = {}
        return cls(fields(known.get("each")), words(known.get("digest")))

    def get(self, id_: str) -> Any:
        """The hash of an example. A table has an apostrophe before what a spreadsheet would compute."""
        return self.each.get(id_, self.each.get(id_.removeprefix("'")))


def _pairs(
    one: Sequence[Predicted], other: Sequence[Predicted], contents: _Contents, theirs: _Contents
) -> list[Pair]:
    """The rows of both with the same id, label and content, in the order of the first.

    An id may be the number of a row, in another table. So contents are compared, where they are known; where they are
    not, only all examples together may be taken for the same by their ids. Raises `UnreadableError`.
    """
    reason = "the examples are called the same in both, and their contents differ"
    try:
        pairs = [*zip(*aligned(one, other), strict=True)]
        if not (contents.each and theirs.each):
            if contents.digest and theirs.digest and contents.digest != theirs.digest:
                raise UnreadableError(reason)
            return pairs
    except UnreadableError as error:
        reason = f"{error}; none of these is known to be the same in both"
        pairs = _once_in_both(one, other)
    known = [(a, b, contents.get(a.example[0]), theirs.get(b.example[0])) for a, b in pairs]
    same = [(a, b) for a, b, mine, other_ in known if mine is not None and mine == other_]
    if not same:
        raise UnreadableError(reason)
    return same


def _once_in_both(one: Sequence[Predicted], other: Sequence[Predicted]) -> list[Pair]:
    counts, others = Counter(row.example for row in one), Counter(row.example for row in other)
    by_example = {row.example: row for row in other}
    return [(row, by_example[row.example]) for row in one if counts[row.example] == others[row.example] == 1]
