"""Rows of examples in the order of the split, and the worst of them first."""

from __future__ import annotations

from dataclasses import replace

from ftcli.contracts import ExampleScores
from ftcli.runs.outcomes.scored_examples import ScoredExamples
from ftcli.runs.scoring import Scores
from tests.runs.outcomes.made_up import Judge, right_or_wrong, scored


def test_rows_are_in_the_order_of_the_split_whatever_that_of_the_pass() -> None:
    found = scored(right_or_wrong(), [3, 1, 0, 4, 2])
    rows = [found.row(index) for index in range(5)]
    assert [row["row"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["id"] for row in rows] == [f"id {index}" for index in range(5)]
    # The third of the pass is the first of the split.
    assert [row["true"] for row in rows] == ["a", "b", "a", "a", "=b"]
    cells = [["'=b" if value == "=b" else value for value in row.values()] for row in rows]
    assert [list(line) for line in found.lines()] == [
        ["" if one is None else one for one in row] for row in cells
    ]
    assert [line[0] for line in found.lines([4, 2])] == [4, 2]


def test_numbers_are_rounded_and_what_is_no_number_is_left_out() -> None:
    found = scored(right_or_wrong())
    assert found.row(1)["probability"] == 0.612346
    assert found.row(4)["probability"] is None
    assert set(found.row(0)) == {"row", "id", "true", "predicted", "probability", "true_probability", "score"}


def test_confident_mistakes_come_first_and_what_is_perfect_does_not_come() -> None:
    found = scored(right_or_wrong())
    assert found.errors(1000) == [4, 3, 1]
    assert found.errors(2) == [4, 3]
    assert found.worst() == [4, 3, 1]


def test_a_sure_model_that_disagrees_makes_a_label_doubtful() -> None:
    found = scored(right_or_wrong())
    assert [found.doubtful(row) for row in range(5)] == [False, False, False, True, False]
    sure = replace(right_or_wrong(), probability=[0.99] * 5)
    assert [scored(sure).doubtful(row) for row in range(5)] == [False, True, False, True, True]


def test_scores_below_zero_are_ordered_by_size_and_those_that_are_no_number_come_first() -> None:
    found = scored(ExampleScores([-0.5, 0.0, -3.0, float("nan")], "minus the absolute error", perfect=0.0))
    assert found.errors(10) == [3, 2, 0]
    assert found.row(3)["score"] is None
    assert found.row(0)["true"] is None
    assert list(next(found.lines())) == [0, "id 0", "", "", "", "", -0.5]
    assert not found.doubtful(2)


def test_where_nothing_was_kept_there_are_no_examples() -> None:
    assert ScoredExamples.of(Judge(right_or_wrong()), Scores({}, [], 3)) is None  # type: ignore[arg-type]
