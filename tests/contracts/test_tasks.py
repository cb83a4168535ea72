"""Predictions as rows, and each task as the five protocols see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.contracts import Example, Prediction, Task, TaskCriterion, TaskEncoder, TaskPredictor, TaskScorer
from ftcli.tasks import TASKS


def test_a_prediction_is_a_row() -> None:
    assert Prediction("a", 2.5).rows() == [{"id": "a", "label": 2.5}]
    one = Prediction("a", "x", 0.123456789, {"x": 0.123456789, "y": 0.5})
    assert one.rows() == [{"id": "a", "label": "x", "probability": 0.123457, "p(x)": 0.123457, "p(y)": 0.5}]


def test_a_prediction_that_fits_in_a_table_writes_no_file(tmp_path: Path) -> None:
    assert Prediction("a", "x").save(Example("a", {}), tmp_path / "a") == []
    assert not Prediction.only_files
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("protocol", [TaskEncoder, TaskCriterion, TaskScorer, TaskPredictor, Task])
@pytest.mark.parametrize("name", TASKS)
def test_each_task_has_what_each_room_calls(name: str, protocol: type) -> None:
    wanted = {verb for one in protocol.__mro__ for verb in vars(one) if not verb.startswith("_")}
    assert wanted
    assert not [verb for verb in wanted if not hasattr(TASKS.load(name), verb)]
