"""The examples that two runs have both scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.metrics.paired import paired
from ftcli.report.common import paired_test
from ftcli.report.run import Run, read_run
from ftcli.system.bounded import UnreadableError
from tests.report.making import CLASSES, make_run, outcomes, predictions

FIRST = [float(row % 7 != 3) for row in range(80)]
SECOND = [float(row % 5 != 1) for row in range(80)]


def contents(rows: range, prefix: str = "") -> dict[str, Any]:
    """data.json of the split that is scored."""
    each = {f"{CLASSES[row % 5]}/{row}.jpg": f"{prefix}{row}" for row in rows}
    return {"test": {"examples": len(each), "each": each}}


def run(path: Path, **documents: Any) -> Run:
    return read_run(make_run(path, **documents))


def test_the_same_examples_are_all_tested(tmp_path: Path) -> None:
    found = paired_test(run(tmp_path / "a", right=FIRST), run(tmp_path / "b", right=SECOND))
    assert (found.test, found.scored, found.binary) == (paired(FIRST, SECOND), (80, 80), True)


def test_of_different_examples_those_of_both_are_tested(tmp_path: Path) -> None:
    one = run(tmp_path / "a", right=FIRST, data=contents(range(80)))
    make_run(tmp_path / "b", right=SECOND, data=contents(range(60)))
    (tmp_path / "b/predictions.csv").write_text(predictions(SECOND[:60]))
    found = paired_test(one, read_run(tmp_path / "b"))
    assert (found.test, found.scored) == (paired(FIRST[:60], SECOND[:60]), (80, 60))


@pytest.mark.parametrize("data", [contents(range(60), "another picture "), {}])
def test_an_example_is_known_by_its_content_and_not_by_its_name(data: dict[str, Any], tmp_path: Path) -> None:
    """The id may be the number of a row, in another table."""
    one = run(tmp_path / "a", right=FIRST, data=contents(range(80)))
    make_run(tmp_path / "b", data=data)
    (tmp_path / "b/predictions.csv").write_text(predictions(SECOND[:60]))
    with pytest.raises(
        UnreadableError, match="of which 60 are in both; none of these is known to be the same"
    ):
        paired_test(one, read_run(tmp_path / "b"))


def test_scores_of_another_meaning_are_not_compared(tmp_path: Path) -> None:
    other = run(tmp_path / "b", outcomes=outcomes() | {"score": "minus the absolute error"})
    with pytest.raises(
        UnreadableError, match="a score is 'right or wrong' in one and 'minus the absolute error'"
    ):
        paired_test(run(tmp_path / "a"), other)
