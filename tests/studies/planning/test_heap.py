"""The heap of a CPU, replayed: what is taken and given back, and the holes between."""

from __future__ import annotations

from ftcli.studies.planning.allocations import Event, most
from ftcli.studies.planning.heap import ALIGNMENT, LEFTOVER, ONE_OF, Heap

LARGE = 1 << 20


def near(reached: int, chunks: float) -> bool:
    """Whether it is so many large chunks, but for what surrounds each."""
    return 0 <= reached - chunks * LARGE <= 10 * (ALIGNMENT + LEFTOVER)


def test_what_is_given_back_at_the_end_is_taken_again() -> None:
    assert near(Heap().replay([Event(1, LARGE), Event(1, 0), Event(2, LARGE), Event(2, 0)]), 1)
    # Beside each other two holes are one.
    whole = [Event(1, LARGE), Event(2, LARGE), Event(1, 0), Event(2, 0), Event(3, 2 * LARGE)]
    assert near(Heap().replay(whole), 2)


def test_a_hole_is_too_small_for_what_has_left_it() -> None:
    """It has no room for the alignment; what is smaller by that goes into it."""
    before = [Event(1, LARGE), Event(2, LARGE), Event(1, 0)]
    assert near(Heap().replay([*before, Event(3, LARGE)]), 3)
    assert near(Heap().replay([*before, Event(3, LARGE - 2 * ALIGNMENT - LEFTOVER)]), 2)


def test_small_objects_keep_holes_apart() -> None:
    taken = [Event(number, LARGE) for number in range(8 * ONE_OF)]
    back = [Event(number, 0) for number in range(8 * ONE_OF)]
    again = [Event(100, (8 * ONE_OF - 1) * LARGE)]
    assert Heap().replay([*taken, *back, *again]) > 1.2 * 8 * ONE_OF * LARGE
    assert most([*taken, *back, *again]) == 8 * ONE_OF * LARGE
