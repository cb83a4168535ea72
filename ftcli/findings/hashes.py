"""Pairs of 64-bit hashes that differ in few bits, without comparing all with all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Pairs = NDArray[np.int64]

# Two hashes that differ in at most 4 bits have the same bits in one of 5 bands, so that none of them is missed.
MOST_BITS = 4
_BANDS = ((0, 13), (13, 13), (26, 13), (39, 13), (52, 12))
# Hashes with the same band that one is compared with: those that sort behind it. So the time is linear in the number of
# hashes, also where very many are nearly the same.
_NEIGHBOURS = 200


def near_pairs(hashes: Hashes) -> Pairs:
    """Pairs (N, 2) of positions, the smaller first, whose hashes differ in at most `MOST_BITS` bits, in order.

    Among more than `_NEIGHBOURS` hashes that share a band, only those that lie near each other when they are sorted are
    compared, so that some pairs of a large cluster are left out, and hardly a whole hash.
    """
    found = [_in_band(hashes, start, bits) for start, bits in _BANDS]
    return np.unique(np.concatenate(found), axis=0)


def _in_band(hashes: Hashes, start: int, bits: int) -> Pairs:
    turned = (hashes >> np.uint64(start)) | (hashes << np.uint64((64 - start) % 64))
    turned = turned if start else hashes
    # The band comes first, then the bits that follow it.
    band = turned & np.uint64((1 << bits) - 1)
    order = np.lexsort((turned >> np.uint64(bits), band))
    band, ordered = band[order], hashes[order]
    found = [np.empty((0, 2), np.int64)]
    for step in range(1, min(_NEIGHBOURS, len(hashes) - 1) + 1):
        same = np.flatnonzero(band[:-step] == band[step:])
        if not len(same):
            break
        near = same[np.bitwise_count(ordered[same] ^ ordered[same + step]) <= MOST_BITS]
        found.append(np.sort(np.stack([order[near], order[near + step]], 1), axis=1))
    return np.concatenate(found)
