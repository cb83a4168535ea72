"""Detections are compared as sets: in any order, and with care at the cut; what is another answer still fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ftcli.errors import ParityError
from ftcli.ship.parity.comparing import compare_outputs, compare_rows
from ftcli.ship.parity.detections import Detections, settled

SIDES = ("left", "top", "right", "bottom")


def nearly_equal(count: int = 60, spread: float = 1e-6) -> dict[str, np.ndarray]:
    """Detections of an image whose scores are within `spread`, the best first."""
    random = np.random.default_rng(0)
    corners = random.uniform(0, 300, size=(count, 2))
    boxes = np.concatenate([corners, corners + random.uniform(5, 90, size=(count, 2))], axis=1)
    scores = np.linspace(0.4 + spread, 0.4, count)
    return {
        "boxes": boxes.astype(np.float32),
        "labels": random.integers(3, size=count),
        "scores": scores.astype(np.float32),
    }


def learned(count: int = 60) -> dict[str, np.ndarray]:
    """Scores from 0.9 down to below the cut."""
    return nearly_equal(count) | {"scores": np.linspace(0.9, 0.0101, count).astype(np.float32)}


def outputs(one: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """As a network gives them for a batch of one image."""
    return {f"detections.0.{name}": value for name, value in one.items()}


def shuffled(one: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    order = np.random.default_rng(1).permutation(len(one["scores"]))
    return {name: value[order] for name, value in one.items()}


def without(one: dict[str, np.ndarray], index: int) -> dict[str, np.ndarray]:
    return {name: np.delete(value, index, axis=0) for name, value in one.items()}


def changed(one: dict[str, np.ndarray], name: str, index: Any, by: float) -> dict[str, np.ndarray]:
    values = one[name].copy()
    values[index] += by
    return one | {name: values}


def compare(wanted: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> float:
    return compare_outputs(["a"], outputs(wanted), outputs(found), ", in batches of 2")


def test_the_order_of_what_is_as_likely_is_arbitrary() -> None:
    assert compare(nearly_equal(), shuffled(nearly_equal())) < 1e-5
    assert 0 < compare(learned(), changed(learned(), "boxes", 3, 0.02)) < 1e-4
    # The same box twice is not the same as the box once.
    twice = {name: np.repeat(value, 2, axis=0) for name, value in learned(20).items()}
    assert compare(twice, twice) == 0
    with pytest.raises(ParityError, match=r"row a, in batches of 2: box .* is missing"):
        compare(twice, without(twice, 8))


@pytest.mark.parametrize("made", [learned, nearly_equal])
@pytest.mark.parametrize(
    ("name", "index", "by"),
    [
        ("boxes", (30, 2), 1.0),
        ("labels", 30, 1),
        ("scores", slice(None), 3e-4),
        ("scores", slice(None), -3e-4),
        ("boxes", (30, 0), np.nan),
    ],
)
def test_another_answer_fails(made: Any, name: str, index: Any, by: float) -> None:
    with pytest.raises(ParityError, match=r"row a, .*box .* is missing; the nearest is box"):
        compare(made(), shuffled_within(changed(made(), name, index, by)))


def shuffled_within(one: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """In another order where that does not put a detection before a likelier one."""
    return shuffled(one) if np.ptp(one["scores"]) < 1e-4 else one


@pytest.mark.parametrize("index", [0, 30])
def test_one_that_is_missing_or_too_many_in_the_middle_fails(index: int) -> None:
    for made in (learned(), nearly_equal()):
        with pytest.raises(ParityError, match="is missing"):
            compare(made, without(made, index))
        with pytest.raises(ParityError, match="is one too many"):
            compare(without(made, index), made)


def test_a_detection_at_the_cut_may_be_there_or_not() -> None:
    least = learned() | {"scores": np.linspace(0.9, 0.01005, 60).astype(np.float32)}
    assert compare(least, without(least, 59)) == compare(without(least, 59), least) == 0
    with pytest.raises(ParityError, match="is missing"):
        compare(least, without(least, 58))
    # Of a hundred and one, a hundred are kept: of the last two, which are as likely, one or the other.
    many = nearly_equal(101, 0.4)
    many["scores"][100] = many["scores"][99]
    assert compare(without(many, 100), without(many, 99)) == 0
    with pytest.raises(ParityError, match="is missing"):
        compare(without(many, 100), without(many, 50))


def test_a_network_whose_boxes_are_all_at_the_cut_is_not_compared() -> None:
    one, other = nearly_equal(100), nearly_equal(100)
    assert compare(one, changed(other, "boxes", slice(3, 8), 50)) < 1e-5
    with pytest.raises(ParityError, match=r"30 of 100 boxes are not the same: .* has learned too little"):
        compare(one, changed(other, "boxes", slice(3, 33), 50))


def test_the_best_come_first() -> None:
    with pytest.raises(ParityError, match="comes after a less likely one"):
        compare(learned(), {name: value[::-1] for name, value in learned().items()})


def test_an_image_without_detections() -> None:
    nothing = {name: value[:0] for name, value in learned().items()}
    assert compare(nothing, nothing) == 0
    with pytest.raises(ParityError, match=r"box .* is one too many$"):
        compare(nothing, learned())


def rows(one: dict[str, np.ndarray], least: float = 0.0) -> list[dict[str, Any]]:
    """As they are predicted."""
    kept = one["scores"] >= least
    made = [
        {"label": "abc"[label % 3], "probability": round(float(score), 6)}
        | dict(zip(SIDES, np.round(box, 2).tolist(), strict=True))
        for label, score, box in zip(
            one["labels"][kept], one["scores"][kept], one["boxes"][kept], strict=True
        )
    ]
    return made or [dict.fromkeys(("label", "probability", *SIDES))]


def test_rows_of_boxes_are_a_set() -> None:
    assert compare_rows("a", rows(nearly_equal()), rows(shuffled(nearly_equal())))
    made = learned() | {"scores": np.linspace(0.9, 0.5004, 60).astype(np.float32)}
    assert not compare_rows("a", rows(made), rows(without(made, 59)), 0.5)
    assert not compare_rows("a", rows(without(made, 59)), rows(made), 0.5)
    assert compare_rows("a", rows(made, 0.95), rows(made, 0.95), 0.95)
    for other in (
        without(made, 30),
        changed(made, "labels", 30, 1),
        changed(made, "boxes", (30, 1), 2),
        changed(made, "scores", slice(None), 5e-3),
    ):
        with pytest.raises(ParityError, match=r"row a: box"):
            compare_rows("a", rows(made), rows(other), 0.5)
    with pytest.raises(ParityError, match="in place of"):
        compare_rows("a", rows(made), [{"label": "a"}])


def test_a_small_box_may_be_rounded_to_another_hundredth() -> None:
    box = {"label": "a", "probability": 0.9, "left": 1.12, "top": 1.0, "right": 3.0, "bottom": 4.0}
    assert compare_rows("a", [box], [{**box, "left": 1.13}])
    with pytest.raises(ParityError):
        compare_rows("a", [box], [{**box, "left": 1.15}])


def test_a_figure_of_settled_detections_has_the_order_and_scores_of_the_run() -> None:
    wanted, found = outputs(nearly_equal()), outputs(shuffled(nearly_equal()))
    made = settled(wanted, found, 1e-4)
    assert made.keys() == wanted.keys()
    for name in Detections._fields:
        assert np.array_equal(made[f"detections.0.{name}"], wanted[f"detections.0.{name}"])
    # Labels are those that were found, so that a figure could tell.
    assert len(settled(wanted, outputs(without(nearly_equal(), 5)), 1e-4)["detections.0.labels"]) == 60
