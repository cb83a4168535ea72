"""outcomes.json: figures with intervals, classes, and pairs that are confused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ftcli.contracts import Interval, PairTable
from ftcli.metrics.intervals import wilson
from ftcli.runs.outcomes.document import confused, document, figures, shown
from ftcli.runs.scoring import Scores
from tests.runs.outcomes.made_up import right_or_wrong, scored

SCORES = Scores(
    {"loss": 0.4, "accuracy": 0.4, "f1_macro": 0.38, "auroc": float("inf")}, [{"class": "a", "f1": 0.5}], 5
)
F1 = Interval(0.1, 0.7, "bootstrap, 1000 resamples of the examples, 95 %")


def test_figures_have_the_intervals_that_are_known() -> None:
    low, high = wilson(2, 5)
    assert figures(SCORES, {"f1_macro": F1, "f1_micro": F1}) == {
        "loss": {"value": 0.4},
        "accuracy": {"value": 0.4, "low": low, "high": high, "interval": "Wilson, 95 %"},
        "f1_macro": {"value": 0.38, "low": 0.1, "high": 0.7, "interval": F1.method},
        "auroc": {"value": None},
    }


def test_the_whole() -> None:
    table = PairTable(("a", "=b"), np.array([[2, 1], [2, 0]]))
    scores = replace(right_or_wrong(), confusion=table, intervals={"f1_macro": F1})
    made = document("test", "accuracy", SCORES, scored(scores), [{"row": 3}])
    assert made["version"] == 1
    assert (made["split"], made["examples"], made["metric"], made["lower_is_better"]) == (
        "test",
        5,
        "accuracy",
        False,
    )
    assert made["classes"] == ["a"]
    assert made["per_class"] == [{"class": "a", "f1": 0.5}]
    assert made["confusion"] == {"classes": ["a", "=b"], "counts": [[2, 1], [2, 0]]}
    assert made["confused"] == [
        {"true": "=b", "predicted": "a", "count": 2},
        {"true": "a", "predicted": "=b", "count": 1},
    ]
    assert made["score"] == "right or wrong"
    assert made["errors"] == [{"row": 3}]


def test_without_examples_there_are_figures() -> None:
    made = document("val", "loss", SCORES, None, [])
    assert made["lower_is_better"]
    assert (made["confusion"], made["confused"], made["score"], made["errors"]) == (None, [], None, [])


def test_many_classes_have_pairs_and_no_table() -> None:
    counts = np.arange(25 * 25).reshape(25, 25)
    table = PairTable([str(index) for index in range(25)], counts)
    assert shown(table) == {"classes": [str(index) for index in range(25)], "counts": None}
    found = confused(table)
    assert len(found) == 20
    assert found[0] == {"true": "24", "predicted": "23", "count": 623}
    assert counts[24, 24] == 624


def test_json_has_no_nan() -> None:
    scores = replace(SCORES, per_class=[{"class": "a", "average_precision": float("nan")}])
    assert document("val", "loss", scores, None, [])["per_class"] == [
        {"class": "a", "average_precision": None}
    ]
