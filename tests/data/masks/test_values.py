"""What the values of masks tell of 255."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ftcli.data.masks.mask_file import Loaded, counts_of
from ftcli.data.masks.values import IGNORED, NONE, Decision, Survey, border_share, is_stepped


@pytest.mark.parametrize(
    ("others", "stepped"),
    [
        ((0, 128), True),
        ((0, 127), True),
        ((0, 85, 170), True),
        ((0, 100, 200), True),
        ((0, 1), False),
        ((0, 1, 2, 3), False),
        ((10, 20, 30), False),
        (tuple(range(150)), False),
        (tuple(range(255)), True),
        ((0, 128, 300), False),
    ],
)
def test_values_that_are_steps_to_255(others: Sequence[int], stepped: bool) -> None:
    assert is_stepped(others) == stepped


def test_borders_are_narrow_and_areas_are_not() -> None:
    mask = np.zeros((400, 300), dtype=np.uint8)
    mask[100:105] = 255
    assert border_share([mask]) == 1.0
    assert border_share([mask.repeat(10, axis=0).repeat(10, axis=1)]) == 1.0
    mask[200:300, 100:200] = 255
    assert border_share([mask]) == pytest.approx(1500 / 11500)
    assert border_share([np.zeros((4, 4))]) == 0.0


def decided(masks: Sequence[NDArray[Any]], named: int = 0) -> tuple[Decision, list[str]]:
    survey = Survey()
    for position, mask in enumerate(masks):
        survey.add(position, counts_of(mask), Loaded(mask))
    decision = survey.decide(masks.__getitem__, named)
    return decision, [*survey.notes(decision)]


def test_the_number_of_names_decides() -> None:
    mask = np.array([[0, 40, 255, 255]], dtype=np.uint8)
    assert decided([mask], 3)[0].ignore == NONE
    assert decided([mask], 2)[0].ignore == IGNORED
    assert decided([mask], 41)[0].ignore == IGNORED


def test_what_is_not_there_needs_no_decision() -> None:
    decision, notes = decided([np.array([[0, 1]], dtype=np.uint8)])
    assert (decision, notes) == (Decision(IGNORED), [])
    decision, notes = decided([np.array([[255]], dtype=np.uint8)])
    assert notes == [
        "255 is a class: 1 pixels in 1 masks, as the only value. data.ignore_index: 255 leaves it out"
    ]


def test_a_value_that_was_given_is_counted() -> None:
    survey = Survey()
    mask = np.array([[0, 7, 7]], dtype=np.uint8)
    survey.add(0, counts_of(mask), Loaded(mask))
    assert [*survey.notes(Decision(7))] == [
        "7 does not count: 2 pixels in 1 masks (data.ignore_index; none makes it a class)"
    ]
    assert [*survey.notes(Decision(8))] == []
