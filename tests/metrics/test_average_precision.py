from __future__ import annotations

from typing import Any

import pytest
import torch

from ftcli.metrics.average_precision import MeanAveragePrecision
from tests.metrics.samples import boxes

NAMES = ("ant", "bee", "cow")
SQUARE = (10.0, 20.0, 110.0, 120.0)
ELSEWHERE = (300.0, 300.0, 340.0, 380.0)


def image(*found: tuple[tuple[float, ...], int], **more: Any) -> dict[str, Any]:
    """Boxes with a label each, and `scores` or `crowd`."""
    edges = torch.tensor([box for box, _ in found]).reshape(-1, 4)
    labels = torch.tensor([label for _, label in found], dtype=torch.int64)
    return {"boxes": edges, "labels": labels, **{name: torch.tensor(values) for name, values in more.items()}}


def scored(said: dict[str, Any], true: dict[str, Any]) -> MeanAveragePrecision:
    metric = MeanAveragePrecision(NAMES)
    metric.update([said], [true])
    return metric


def test_what_is_found_exactly_is_all_right_and_other_classes_do_not_count() -> None:
    metric = scored(image((SQUARE, 1), (ELSEWHERE, 2), scores=[0.3, 0.2]), image((SQUARE, 1)))
    assert metric.compute() == pytest.approx({"map": 1.0, "map50": 1.0, "map75": 1.0})
    assert metric.table() == [
        {"class": "ant", "ap": 0.0, "ap50": 0.0, "boxes": 0},
        {"class": "bee", "ap": pytest.approx(1.0), "ap50": pytest.approx(1.0), "boxes": 1},
        {"class": "cow", "ap": 0.0, "ap50": 0.0, "boxes": 0},
    ]


def test_a_box_counts_as_found_from_an_overlap_on() -> None:
    part = (10.0, 20.0, 72.0, 120.0)  # an overlap of 0.62
    figures = scored(image((part, 0), scores=[0.9]), image((SQUARE, 0))).compute()
    assert figures == pytest.approx({"map": 0.3, "map50": 1.0, "map75": 0.0})


@pytest.mark.parametrize(("wrong", "precision"), [(0.1, 1.0), (0.95, 0.5)])
def test_precision_is_taken_at_101_recalls(wrong: float, precision: float) -> None:
    said = image((SQUARE, 0), ((0.0, 0.0, 5.0, 5.0), 0), scores=[0.9, wrong])
    figures = scored(said, image((SQUARE, 0), (ELSEWHERE, 0))).compute()
    assert figures["map50"] == pytest.approx(precision * 51 / 101)  # recalls 0.00 to 0.50


def test_the_mean_is_over_the_classes_with_true_boxes() -> None:
    said = image((SQUARE, 0), scores=[0.9])
    metric = scored(said, image((SQUARE, 0), (ELSEWHERE, 2)))
    assert metric.compute()["map"] == pytest.approx(0.5)
    assert [row["boxes"] for row in metric.table()] == [1, 0, 1]


def test_what_is_found_in_a_crowd_is_not_wrong() -> None:
    inside = (300.0, 300.0, 310.0, 310.0)
    said = image((inside, 0), (SQUARE, 0), scores=[0.9, 0.8])
    crowded = scored(said, image((SQUARE, 0), (ELSEWHERE, 0), crowd=[False, True]))
    assert crowded.compute()["map"] == pytest.approx(1.0)
    assert crowded.table()[0]["boxes"] == 1
    assert scored(said, image((SQUARE, 0))).compute()["map"] == pytest.approx(0.5)


def test_without_true_boxes_there_are_no_figures() -> None:
    metric = scored(image((SQUARE, 0), scores=[0.9]), image())
    assert metric.compute() == {}
    assert [row["ap"] for row in metric.table()] == [0.0, 0.0, 0.0]
    assert [row["ap"] for row in MeanAveragePrecision(NAMES).table()] == [0.0, 0.0, 0.0]


def test_an_output_that_is_no_number_gives_no_figures() -> None:
    assert scored(image((SQUARE, 0), scores=[float("nan")]), image((SQUARE, 0))).compute() == {}


def test_figures_follow_an_update_after_they_were_asked_for() -> None:
    metric = scored(image((SQUARE, 0), scores=[0.9]), image((SQUARE, 0)))
    assert metric.compute()["map"] == pytest.approx(1.0)
    metric.update([image(scores=[])], [image((SQUARE, 0))])
    assert metric.compute()["map"] == pytest.approx(51 / 101)


def test_a_label_that_is_no_class_is_told() -> None:
    with pytest.raises(ValueError, match=r"labels are \[3\], and there are 3 classes"):
        scored(image((SQUARE, 3), scores=[0.9]), image((SQUARE, 0)))


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    metric = MeanAveragePrecision(NAMES)
    metric.update(*boxes())
    assert 0.0 < metric.compute()["map"] < metric.compute()["map50"] < 1.0
    assert metric.table()
    assert capsys.readouterr() == ("", "")
