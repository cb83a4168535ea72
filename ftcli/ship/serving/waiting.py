"""The queue before the model: it has so many places, and gives batches of examples that are alike."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field

from ftcli.contracts import Encoded, Example, Prediction
from ftcli.ship.serving.limits import busy

# Seconds that a batch waits for examples that are being decoded.
PATIENCE = 0.010
# What a batch costs whatever is in it, in tokens: MiniLM takes as long for so many (measured on a CPU).
BATCH_COST = 40


@dataclass(eq=False, slots=True)
class Place:
    """An example that holds a place until its `prediction` is there, or cancelled."""

    example: Example
    prediction: Future[Prediction] = field(default_factory=Future)
    encoded: Encoded | None = None
    # Examples of one kind form a batch.
    kind: Hashable = None
    # Tokens of a text, else 1: what a batch is padded to.
    length: int = 1
    arrived: float = 0.0


class WaitingLine:
    """Examples in the order of their arrival. All methods may be called in any thread."""

    def __init__(self, places: int, batch: int, *, most_tokens: int | None = None) -> None:
        self._places, self._batch, self._most_tokens = places, batch, most_tokens
        self._taken = 0
        # Of those that have a place: the ones that are not decoded yet.
        self._coming = 0
        self._line: list[Place] = []
        self._closed = False
        self._changed = threading.Condition()

    def reserve(self, examples: list[Example]) -> list[Place]:
        """A place for each. Raises `Refusal` where there are not as many."""
        places = [Place(example) for example in examples]
        with self._changed:
            if self._taken + len(places) > self._places:
                raise busy(f"{self._taken:,} examples wait, and there is room for {self._places:,}")
            self._taken += len(places)
            self._coming += len(places)
        for place in places:
            place.prediction.add_done_callback(self._left)
        return places

    def _left(self, _: Future[Prediction]) -> None:
        with self._changed:
            self._taken -= 1

    def __len__(self) -> int:
        """How many places are taken."""
        return self._taken

    def decode(self, place: Place, work: Callable[[Place], None]) -> None:
        """Do the work before a place joins the line; what it raises becomes the answer."""
        try:
            if not place.prediction.cancelled():
                work(place)
        except Exception as error:
            fail(place, error)
        with self._changed:
            self._coming -= 1
            place.arrived = time.monotonic()
            if not place.prediction.done():
                self._line.append(place)
            self._changed.notify()

    def close(self) -> None:
        """Nothing comes any more: `batch` gives what is left, then None."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def batch(self) -> list[Place] | None:
        """The next batch, when there is one; None when the line is closed and empty.

        It holds the example that has waited longest and those like it that have arrived; when the model is free, it
        waits for more, and only if some are being decoded.
        """
        free = time.monotonic()
        with self._changed:
            while True:
                self._line = [one for one in self._line if not one.prediction.done()]
                if not self._line:
                    if self._closed and not self._coming:
                        return None
                    self._changed.wait()
                    continue
                chosen = self._alike()
                left = max(free, self._line[0].arrived) + PATIENCE - time.monotonic()
                if left > 0 and len(chosen) < self._batch and self._coming:
                    self._changed.wait(left)
                    continue
                self._line = [one for one in self._line if one not in chosen]
                if running := [one for one in chosen if one.prediction.set_running_or_notify_cancel()]:
                    return running

    def _alike(self) -> list[Place]:
        """The first of the line and those like it, the nearest in length first: where padding costs least a token."""
        first = self._line[0]
        alike = sorted(
            (one for one in self._line if one.kind == first.kind),
            key=lambda one: abs(one.length - first.length),
        )
        best, size, longest, tokens = math.inf, 1, 0, 0
        for count, one in enumerate(alike[: self._batch], start=1):
            longest, tokens = max(longest, one.length), tokens + one.length
            if count > 1 and self._most_tokens is not None and longest * count > self._most_tokens:
                break
            if (cost := (BATCH_COST + longest * count) / tokens) <= best:
                best, size = cost, count
        return alike[:size]


def fail(place: Place, error: BaseException) -> None:
    """The answer to an example that has none."""
    if place.prediction.done():
        return
    if place.prediction.running() or place.prediction.set_running_or_notify_cancel():
        place.prediction.set_exception(error)
