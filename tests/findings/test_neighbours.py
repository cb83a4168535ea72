"""What the features of other examples say about a class, on made-up features with known answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ftcli.findings.neighbours import opinions

LABELS = np.repeat(np.arange(3), 60)
TRAINING = np.tile(np.arange(60) < 50, 3)


def blobs(spread: float = 1.0, width: int = 20) -> NDArray[np.float32]:
    """Three clouds of sixty points."""
    random = np.random.default_rng(0)
    centres = 3 * random.normal(size=(3, width))
    return (centres[LABELS] + spread * random.normal(size=(len(LABELS), width))).astype(np.float32)


def test_neighbours_and_line_agree_with_right_labels_and_contradict_wrong_ones() -> None:
    wrong = LABELS.copy()
    # The last one does not train.
    wrong[[3, 70, 179]] = 2, 0, 1
    found = opinions(blobs(), wrong, TRAINING)
    assert found is not None
    assert found.voted.tolist() == LABELS.tolist()
    assert (found.votes >= 9).all()
    assert np.flatnonzero(found.own == 0).tolist() == [3, 70, 179]
    assert (found.margin[[3, 70, 179]] > 0.8).all()
    assert np.count_nonzero(found.margin) == 3


def test_units_of_features_and_constant_ones_do_not_matter() -> None:
    rows, units = blobs(spread=3.0), np.float32(10.0) ** (np.arange(20) % 4)
    constant = np.full((len(rows), 2), 5, np.float32)
    one = opinions(rows, LABELS, TRAINING)
    other = opinions(np.hstack([rows * units, constant]), LABELS, TRAINING)
    assert one is not None
    assert other is not None
    assert one.voted.tolist() == other.voted.tolist()
    np.testing.assert_allclose(one.margin, other.margin, atol=1e-3)


def test_the_line_leaves_out_the_example_itself() -> None:
    """As if it had been fitted again, which the leverage gives without doing it."""
    rows, wrong = blobs(spread=2.0), LABELS.copy()
    wrong[3] = 2
    within = opinions(rows, wrong, TRAINING)
    apart = TRAINING.copy()
    apart[3] = False
    outside = opinions(rows, wrong, apart)
    assert within is not None
    assert outside is not None
    # Directions and means are found without it there, so they differ a little.
    assert abs(within.margin[3] - outside.margin[3]) < 0.05


def test_copies_of_an_example_have_no_vote() -> None:
    rows, wrong = blobs(), LABELS.copy()
    rows[:12], wrong[:12] = rows[0], 1
    found = opinions(rows, wrong, TRAINING)
    assert found is not None
    assert (found.voted[:12] == 0).all()
    assert (found.own[:12] == 0).all()


def test_there_is_no_opinion_of_too_few_or_of_nothing() -> None:
    rows = blobs()
    assert opinions(rows, np.zeros_like(LABELS), TRAINING) is None
    assert opinions(rows[::10], LABELS[::10], TRAINING[::10]) is None
    assert opinions(np.ones_like(rows), LABELS, TRAINING) is None
    assert opinions(np.empty((len(rows), 0), np.float32), LABELS, TRAINING) is None
