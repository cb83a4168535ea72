"""Small sketches of images and of spectrograms, by which copies are found without keeping anything decoded.

A sketch is a perceptual hash of 64 bits (the signs of the lowest frequencies of a 32 x 32 grid, Zauner 2010) and a grid
of patches, some hundred bytes. Near hashes propose pairs, and the patches decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import DataError
from ftcli.findings.hashes import near_pairs

WAVES = 32
_COSINES = np.cos(np.pi * (2 * np.arange(WAVES)[None] + 1) * np.arange(9)[:, None] / (2 * WAVES))
# Mirroring turns the signs of odd horizontal frequencies.
_ODD = np.tile(np.arange(8) % 2 == 1, 8)
# Sketches that wait for each thread.
_AHEAD = 16


@dataclass(frozen=True, slots=True)
class Sketch:
    """`signs` are bool (64,), `patches` uint8 (16, 16, C), and `length` is the seconds of a sound, 1 for an image."""

    signs: NDArray[np.bool_]
    patches: NDArray[np.uint8]
    length: float = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much copies may differ: a patch at most, all of them (root mean square), and their lengths.

    Patches have 255 levels. The shares are of the contrast, which is the deviation of patches: what is flat is alike in
    absolute levels. `length` is a share, too.
    """

    patch: float
    mean: float
    patch_share: float
    mean_share: float
    length: float = 0.0
    mirrored: bool = False


@dataclass(slots=True)
class Sketches:
    """Sketches by number. `broken` says what is wrong with each item that cannot be decoded."""

    limits: Limits
    signs: list[NDArray[np.bool_]] = field(default_factory=list)
    patches: list[NDArray[np.uint8]] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)

    def add_all(self, items: Iterable[Any], sketch: Callable[[Any], Sketch | None], threads: int) -> None:
        """Sketch items in so many threads; `sketch` gives None for what is too small, and may raise `DataError`."""
        with ThreadPoolExecutor(threads) as pool:
            for number, future in enumerate(_ahead(pool, items, sketch, _AHEAD * threads)):
                try:
                    made = future.result()
                except DataError as error:
                    self.broken[number] = str(error)
                else:
                    if made is not None:
                        self._add(number, made)

    def _add(self, number: int, made: Sketch) -> None:
        self.numbers.append(number)
        self.signs.append(made.signs)
        self.patches.append(made.patches)
        self.lengths.append(made.length)

    def pairs(self) -> list[tuple[int, int]]:
        """Pairs of numbers of items that are copies of each other."""
        size = len(self.numbers)
        if size < 2:
            return []
        signs = np.stack(self.signs)
        # The mirrored ones are a second row of hashes.
        rows = [_packed(signs), _packed(signs ^ _ODD)] if self.limits.mirrored else [_packed(signs)]
        pairs = near_pairs(np.concatenate(rows))
        pairs = pairs[(pairs[:, 0] < size) & (pairs[:, 0] < pairs[:, 1] % size)]
        alike = [
            (self.numbers[one], self.numbers[other % size])
            for one, other in pairs.tolist()
            if self._alike(one, other % size, mirrored=other >= size)
        ]
        return sorted(set(alike))

    def _alike(self, one: int, other: int, *, mirrored: bool) -> bool:
        limits, lengths = self.limits, sorted((self.lengths[one], self.lengths[other]))
        if lengths[1] - lengths[0] > limits.length * lengths[1]:
            return False
        second = self.patches[other][:, ::-1] if mirrored else self.patches[other]
        a, b = self.patches[one].astype(np.float64), second.astype(np.float64)
        contrast = min(float((shown - shown.mean((0, 1))).std()) for shown in (a, b))
        change = np.abs(a - b)
        in_patches = float(change.max()) <= min(limits.patch, limits.patch_share * contrast)
        return in_patches and float(np.sqrt((change**2).mean())) <= min(
            limits.mean, limits.mean_share * contrast
        )


def signs_of(grid: NDArray[Any]) -> NDArray[np.bool_]:
    """The signs (64,) of the lowest frequencies of a grid (32, 32)."""
    waves = _COSINES @ np.asarray(grid, dtype=np.float64) @ _COSINES.T
    signs: NDArray[np.bool_] = waves[:8, :8].ravel() > 0
    # In place of the mean, which is never below zero.
    signs[0] = waves[8, 0] > 0
    return signs


def _ahead(
    pool: ThreadPoolExecutor, items: Iterable[Any], sketch: Callable[[Any], Sketch | None], most: int
) -> Iterator[Future[Sketch | None]]:
    """The sketches in the order of the items, of which at most so many wait."""
    waiting: list[Future[Sketch | None]] = []
    for item in items:
        waiting.append(pool.submit(sketch, item))
        if len(waiting) >= most:
            yield waiting.pop(0)
    yield from waiting


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Bits (N, 64) as one number each."""
    packed: NDArray[np.uint64] = np.packbits(bits, axis=1).view(np.uint64)[:, 0]
    return packed
