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


def test_the_examples_that_differ_most_are_shown(tmp_path: Path) -> None:
    found = paired_test(run(tmp_path / "a", right=FIRST), run(tmp_path / "b", right=SECOND)).differing
    assert len(found) == 12
    assert all(row.scores[0] != row.scores[1] for row in found)
    assert found[0].id == "dandelion/1.jpg"
    assert found[0].predicted == ("dandelion", "roses")


def test_rows_that_are_called_the_same_are_tested_only_where_their_content_is(tmp_path: Path) -> None:
    """Two tables of as many rows, whose labels are in the same order."""
    one = run(tmp_path / "a", right=FIRST, data=contents(range(80)))
    mixed = {
        "test": {
            "each": contents(range(80), "another ")["test"]["each"] | contents(range(50))["test"]["each"]
        }
    }
    found = paired_test(one, run(tmp_path / "b", right=SECOND, data=mixed))
    assert (found.test, found.scored) == (paired(FIRST[:50], SECOND[:50]), (80, 80))
    assert len(found.differing) == 12
    others = run(tmp_path / "c", right=SECOND, data=contents(range(80), "another "))
    with pytest.raises(UnreadableError, match="called the same in both, and their contents differ"):
        paired_test(one, others)


def test_of_many_examples_the_digest_says_whether_they_are_the_same(tmp_path: Path) -> None:
    runs = [
        run(tmp_path / name, right=right, data={"test": {"examples": 80, "digest": digest}})
        for name, right, digest in (("a", FIRST, "1"), ("b", SECOND, "1"), ("c", SECOND, "2"))
    ]
    assert paired_test(*runs[:2]).test == paired(FIRST, SECOND)
    with pytest.raises(UnreadableError, match="contents differ"):
        paired_test(runs[0], runs[2])


def test_an_id_that_is_a_formula_in_a_table_is_found(tmp_path: Path) -> None:
    rows = "".join(f"{n},'=1+{n},x,y,{n % 2}\n" for n in range(3))
    data = {"test": {"each": {f"=1+{n}": f"{n}" for n in range(3)}}}
    runs = []
    for name in "ab":
        made = make_run(tmp_path / name, data=data)
        (made / "predictions.csv").write_text("row,id,true,predicted,score\n" + rows)
        runs.append(read_run(made))
    assert paired_test(*runs).test.n == 3


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
