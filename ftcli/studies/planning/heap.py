"""The heap that the tensors of a training on a CPU are in: how much of it is touched, with the holes between them.

PyTorch asks for memory by `posix_memalign(64)`, and `training/hardware.py` has glibc keep what is freed. glibc
(malloc.c of 2.36, `_int_malloc` and `_int_memalign`) takes the smallest free chunk that has room for the bytes *and*
for moving them to a multiple of 64. The hole of a tensor of the same size has no such room, so it stays until its
neighbours are free, too. What that moving leaves over, at most 96 bytes, may be taken by small objects such as nodes of
the graph, which are not traced, and keep their neighbours apart. So the heap is larger than what is in it: by a quarter
to a half in the networks that were tried.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from ftcli.studies.planning.allocations import Event

# Of a chunk: the bytes before its content, the step of its size, and the smallest.
HEADER, STEP, SMALLEST = 16, 16, 32
ALIGNMENT = 64
# Of so many leftovers one is taken by a small object. Measured: with 4 the peaks of seven trainings (MobileNet V1 and
# V2, ResNet-18, SqueezeNet, MiniLM, whole and half frozen; torch 2.14, glibc 2.36) are nearest, 4 % off in the median.
LEFTOVER, ONE_OF = 96, 4
# Smaller requests have bins of their own.
SMALL = 1024


class Heap:
    """The heap, empty at the beginning. `reached` is the highest address that was in use."""

    def __init__(self) -> None:
        self.reached = 0
        # Where what was never in use, or was given back at the end, begins.
        self._top = 0
        self._leftovers = 0
        self._used: dict[int, tuple[int, int]] = {}
        # Holes as (size, start) in order, and their sizes by start and starts by end.
        self._holes: list[tuple[int, int]] = []
        self._starts: dict[int, int] = {}
        self._ends: dict[int, int] = {}

    def replay(self, events: Iterable[Event]) -> int:
        """Take and give back; the highest address that was in use."""
        for number, size in events:
            if size >= SMALL:
                self._take(number, size)
            elif number in self._used:
                self._free(*self._used.pop(number))
        return self.reached

    def _take(self, number: int, size: int) -> None:
        need = _chunk(size)
        start, room = self._found(_chunk(need + ALIGNMENT + SMALLEST))
        before = -(start + HEADER) % ALIGNMENT
        if 0 < before < SMALLEST:
            before += ALIGNMENT
        rest = room - before - need
        if before:
            self._leave(start, before)
        start += before
        if rest >= SMALLEST:
            self._leave(start + need, rest)
        else:
            need += rest
        self._used[number] = start, need
        self.reached = max(self.reached, start + need)

    def _found(self, size: int) -> tuple[int, int]:
        """The smallest hole with so much room, or the beginning of the top."""
        place = bisect_left(self._holes, (size, 0))
        if place < len(self._holes):
            room, start = self._holes[place]
            self._remove(start, room)
            return start, room
        start, self._top = self._top, self._top + size
        return start, size

    def _leave(self, start: int, size: int) -> None:
        """What is not needed of a chunk; a small object may take it."""
        small = size <= LEFTOVER
        self._leftovers += small
        if not (small and self._leftovers % ONE_OF == 0):
            self._free(start, size)

    def _free(self, start: int, size: int) -> None:
        """A hole, together with those beside it."""
        if (before := self._ends.get(start)) is not None:
            size += self._starts[before]
            self._remove(before, self._starts[before])
            start = before
        if (after := self._starts.get(start + size)) is not None:
            self._remove(start + size, after)
            size += after
        if start + size == self._top:
            self._top = start
            return
        insort(self._holes, (size, start))
        self._starts[start], self._ends[start + size] = size, start

    def _remove(self, start: int, size: int) -> None:
        del self._holes[bisect_left(self._holes, (size, start))]
        del self._starts[start], self._ends[start + size]


def _chunk(size: int) -> int:
    """The size of the chunk for so many bytes."""
    return max(SMALLEST, -(-(size + HEADER // 2) // STEP) * STEP)
