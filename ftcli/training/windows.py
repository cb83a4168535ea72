"""The batches of one optimizer step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ftcli.contracts import Batch


def windows(batches: Iterable[Batch], size: int) -> Iterator[list[Batch]]:
    """Batches in groups of `size`; the last group may be smaller."""
    waiting = iter(batches)
    while window := list(islice(waiting, size)):
        yield window


def examples_of(window: Sequence[Batch]) -> int:
    """The examples of a step, on all ranks."""
    return sum(batch.examples for batch in window)
