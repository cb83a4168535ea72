"""F1 of the boxes of one image."""

from __future__ import annotations

import pytest
import torch

from ftcli.metrics.of_examples.box_matches import f1_of_boxes

A, B, FAR = (0.0, 0.0, 10.0, 10.0), (1.0, 0.0, 11.0, 10.0), (50.0, 50.0, 60.0, 60.0)


def boxes(
    *found: tuple[tuple[float, ...], int], scores: list[float] | None = None
) -> dict[str, torch.Tensor]:
    image = {
        "boxes": torch.tensor([one for one, _ in found]).reshape(-1, 4),
        "labels": torch.tensor([label for _, label in found], dtype=torch.int64),
    }
    return image if scores is None else image | {"scores": torch.tensor(scores)}


def test_right_boxes_are_perfect_and_so_is_nothing_where_nothing_is() -> None:
    assert f1_of_boxes(boxes((A, 0), (FAR, 1), scores=[0.9, 0.8]), boxes((FAR, 1), (B, 0))) == 1.0
    assert f1_of_boxes(boxes(scores=[]), boxes()) == 1.0


@pytest.mark.parametrize(
    ("predicted", "true"),
    [
        (boxes((A, 1), scores=[0.9]), boxes((A, 0))),
        (boxes((FAR, 0), scores=[0.9]), boxes((A, 0))),
        (boxes(scores=[]), boxes((A, 0))),
        (boxes((A, 0), scores=[0.9]), boxes()),
    ],
    ids=["another class", "elsewhere", "missed", "invented"],
)
def test_wrong_boxes_are_worth_nothing(
    predicted: dict[str, torch.Tensor], true: dict[str, torch.Tensor]
) -> None:
    assert f1_of_boxes(predicted, true) == 0.0


def test_a_true_box_is_found_once() -> None:
    assert f1_of_boxes(boxes((A, 0), (B, 0), scores=[0.9, 0.8]), boxes((A, 0))) == pytest.approx(2 / 3)


def test_the_surest_box_chooses_first() -> None:
    # B overlaps both; the surer A takes the first, which leaves the second to B.
    other = (4.0, 0.0, 14.0, 10.0)
    assert f1_of_boxes(boxes((B, 0), (A, 0), scores=[0.5, 0.9]), boxes((A, 0), (other, 0))) == 1.0


def test_a_crowd_need_not_be_found_and_a_box_in_it_is_not_wrong() -> None:
    true = boxes(((0.0, 0.0, 100.0, 100.0), 0), (FAR, 1)) | {"crowd": torch.tensor([True, False])}
    assert f1_of_boxes(boxes((FAR, 1), scores=[0.9]), true) == 1.0
    assert f1_of_boxes(boxes((FAR, 1), (A, 0), scores=[0.9, 0.8]), true) == 1.0
    # Of another class it is.
    assert f1_of_boxes(boxes((FAR, 1), (A, 1), scores=[0.9, 0.8]), true) == pytest.approx(2 / 3)
