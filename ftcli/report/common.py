"""The examples that two runs have both scored, where they have not scored the same ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ftcli.report.checked import fields
from ftcli.report.files import read_json
from ftcli.report.predictions import Predicted, aligned, read_predictions
from ftcli.report.run import DATA, LARGEST_DATA, Run
from ftcli.system.bounded import UnreadableError

if TYPE_CHECKING:
    from ftcli.metrics.paired import Paired


@dataclass(frozen=True, slots=True)
class Tested:
    """A paired test of the second run against the first; `scored` is how many examples each has scored."""

    test: Paired
    scored: tuple[int, int]
    # Whether a score says right or wrong.
    binary: bool


def paired_test(one: Run, other: Run) -> Tested:
    """Test two runs on the examples of both. Raises `UnreadableError` with the reason why that is not possible."""
    from ftcli.metrics.paired import paired

    meanings = [run.outcomes.score for run in (one, other) if run.outcomes is not None and run.outcomes.score]
    if len(set(meanings)) > 1:
        raise UnreadableError(f"a score is {meanings[0]!r} in one and {meanings[1]!r} in the other")
    first, second = read_predictions(one.path), read_predictions(other.path)
    try:
        mine, theirs = aligned(first, second)
    except UnreadableError as error:
        mine, theirs = _common(first, second, _contents(one), _contents(other), str(error))
    scores = [row.score for row in mine], [row.score for row in theirs]
    binary = all(score in (0, 1) for each in scores for score in each)
    return Tested(paired(*scores), (len(first), len(second)), binary)


def _common(
    one: Sequence[Predicted],
    other: Sequence[Predicted],
    contents: Mapping[str, Any],
    theirs: Mapping[str, Any],
    otherwise: str,
) -> tuple[list[Predicted], list[Predicted]]:
    """The rows of both with the same id, label and content, in the order of the first.

    An id may be the number of a row, so without knowing the contents nothing is the same. Raises `UnreadableError`.
    """
    counts, others = Counter(row.example for row in one), Counter(row.example for row in other)
    by_example = {row.example: row for row in other}
    pairs = [
        (row, by_example[row.example])
        for row in one
        if counts[row.example] == others[row.example] == 1
        and (content := contents.get(row.example[0])) is not None
        and content == theirs.get(row.example[0])
    ]
    if not pairs:
        raise UnreadableError(f"{otherwise}; none of these is known to be the same in both")
    return [row for row, _ in pairs], [row for _, row in pairs]


def _contents(run: Run) -> dict[str, Any]:
    """The hash of each scored example by its id, where data.json has them one by one."""
    split = run.outcomes.split if run.outcomes is not None else ""
    try:
        return dict(fields(fields(read_json(run.path / DATA, LARGEST_DATA).get(split)).get("each")))
    except (FileNotFoundError, UnreadableError):
        return {}
