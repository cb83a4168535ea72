"""Logistic fits of folds: which strength of the penalty is best for what they hold out, and what they say of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ftcli.evidence.coordinates import Coordinates, Standardised
from ftcli.evidence.logistic import Fits
from ftcli.evidence.losses import Loss

Array = NDArray[np.float64]
# How near to their optimum fits are while strengths are compared, and at the end, in nats an example.
COMPARED, NEAR = 1e-4, 1e-5
# From one strength to the next; the furthest from the first; what the held-out loss must fall by to go on, in nats.
FACTOR, FURTHEST, WORTH = 4.0, 8, 1e-4
# Numbers in the columns of the folds that are compared: of large data, not all of them.
KEPT = 30_000_000


class Folds:
    """Fits that each see the examples of a row of `seen` (fits, N) and hold out the others."""

    def __init__(self, standardised: Standardised, loss: Loss, seen: NDArray[np.bool_]) -> None:
        self._standardised, self._loss, self._seen = standardised, loss, seen
        self._kept: list[tuple[slice, Fits]] = []
        numbers = 0
        for part, coordinates in standardised.together(seen):
            numbers += coordinates.columns.size
            if self._kept and numbers > KEPT:
                break
            self._kept.append((part, self._fits(part, coordinates)))

    def _fits(self, part: slice, coordinates: Coordinates) -> Fits:
        return Fits(coordinates, self._seen[part], self._loss)

    def loss(self, strength: float) -> float:
        """The mean loss of what a fit does not see, of as many fits as are kept in memory."""
        total = count = 0.0
        for part, fits in self._kept:
            fits.solve(strength, COMPARED)
            unseen = ~self._seen[part]
            total += float((self._loss.look(fits.logits())[0] * unseen).sum())
            count += float(unseen.sum())
        return total / count

    def logits(self, strength: float) -> Array:
        """What the fits that do not see an example say of it, (N, outputs): the mean where there are several."""
        total = np.zeros(self._loss.targets.shape)
        for part, fits in self._kept:
            total += self._unseen(part, fits, strength)
        done = self._kept[-1][0].stop
        for part, coordinates in self._standardised.together(self._seen[done:]):
            later = slice(part.start + done, part.stop + done)
            total += self._unseen(later, self._fits(later, coordinates), strength)
        total /= (~self._seen).sum(axis=0)[:, None]
        return total

    def _unseen(self, part: slice, fits: Fits, strength: float) -> Array:
        fits.solve(strength, NEAR)
        total: Array = (fits.logits() * ~self._seen[part][..., None]).sum(axis=0)
        return total


def lowest(loss: Callable[[float], float], first: float) -> float:
    """The strength of the lowest loss: downhill from the first in steps of `FACTOR`, then by a parabola."""
    found: dict[int, float] = {}

    def at(power: int) -> float:
        if power not in found:
            found[power] = loss(first * FACTOR**power)
        return found[power]

    best = 0
    for step in (-1, 1):
        while abs(best + step) <= FURTHEST and at(best + step) < at(best) - WORTH:
            best += step
        if best:
            break
    left, middle, right = found.get(best - 1), found[best], found.get(best + 1)
    if left is None or right is None or left + right <= 2 * middle:
        return first * FACTOR**best
    offset = 0.5 * (left - right) / (left - 2 * middle + right)
    return float(first * FACTOR ** (best + np.clip(offset, -0.5, 0.5)))
