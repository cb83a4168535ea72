"""Where keys are to be found, in 12 bytes of memory for each of them."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from ftcli.store.fingerprints import Key

_RECENT = 4096  # keys that wait in a dictionary until they are sorted in


class KeyIndex:
    """A table from keys to places (numbers below 2^64), by the first 4 bytes of the key.

    A key may have several places, and another key may share them: the caller knows which are right.
    """

    def __init__(self) -> None:
        self._heads = np.empty(0, "u4")  # sorted
        self._places = np.empty(0, "u8")
        self._recent: dict[Key, int] = {}

    def add(self, key: Key, place: int) -> None:
        """Note one key that is not there yet."""
        self._recent[key] = place
        if len(self._recent) >= _RECENT:
            self.extend(
                np.fromiter(map(_head, self._recent), np.uint32),
                np.fromiter(self._recent.values(), np.uint64),
            )
            self._recent.clear()

    def extend(self, heads: NDArray[np.uint32], places: NDArray[np.uint64]) -> None:
        """Note the places (n) of many keys, of which the first 4 bytes (n) are given."""
        order = np.argsort(heads, kind="stable")
        at = np.searchsorted(self._heads, heads[order], side="right")
        self._heads = np.insert(self._heads, at, heads[order])
        self._places = np.insert(self._places, at, places[order])

    def places(self, key: Key) -> list[int]:
        """Where the key may be."""
        found = [self._recent[key]] if key in self._recent else []
        head = _head(key)
        at = bisect_left(self._heads.data, head)
        while at < len(self._heads) and self._heads[at] == head:
            found.append(int(self._places[at]))
            at += 1
        return found


def _head(key: Key) -> int:
    return int.from_bytes(key[:4], "little")
