"""Phases of whole epochs, and the position of a step in its phase."""

from __future__ import annotations

import pytest

from ftcli.training.phases import Phases
from ftcli.training.schedules import Position

PHASES = Phases((0, 2, 3), epochs=6, steps_per_epoch=5)


@pytest.mark.parametrize(
    ("epoch", "index", "span"),
    [(0, 0, (0, 2)), (1, 0, (0, 2)), (2, 1, (2, 3)), (3, 2, (3, 6)), (5, 2, (3, 6))],
)
def test_every_epoch_is_in_one_phase(epoch: int, index: int, span: tuple[int, int]) -> None:
    assert PHASES.index(epoch) == index
    assert PHASES.span(epoch) == span


@pytest.mark.parametrize(
    ("step", "position"),
    [(0, (0, 10)), (9, (9, 10)), (10, (0, 5)), (14, (4, 5)), (15, (0, 15)), (29, (14, 15))],
)
def test_steps_are_counted_from_the_beginning_of_their_phase(step: int, position: tuple[int, int]) -> None:
    assert PHASES.position(step) == Position(*position, steps_per_epoch=5)


def test_one_phase_is_the_whole_plan() -> None:
    assert Phases((0,), epochs=4, steps_per_epoch=3).position(11) == Position(11, 12, 3)
