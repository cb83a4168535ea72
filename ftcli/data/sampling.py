"""Which examples go where: a pure function of the seed and of each example's id, so that adding a row to a
table moves hardly any other row from training to validation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def ranks(ids: Iterable[str], seed: int, salt: str) -> NDArray[np.uint64]:
    """A random number for each id."""
    start = blake2b(f"{seed}:{salt}:".encode(), digest_size=8)

    def rank(id: str) -> int:
        digest = start.copy()
        digest.update(id.encode(errors="surrogateescape"))
        return int.from_bytes(digest.digest(), "little")

    return np.fromiter(map(rank, ids), dtype=np.uint64)


def stratified(
    ids: Iterable[str], codes: NDArray[np.integer], fraction: float, *, seed: int, salt: str
) -> NDArray[np.bool_]:
    """Which examples are taken: `fraction` of each class, rounded.

    At least one of each class that has two examples or more, and never all of a class.
    """
    taken = np.zeros(len(codes), dtype=np.bool_)
    for members in _by_class(codes, ranks(ids, seed, salt)):
        size = min(max(1, round(len(members) * fraction)), len(members) - 1)
        taken[members[:size]] = True
    return taken


def guarded(
    ids: Iterable[str], codes: NDArray[np.integer], sets: Sequence[tuple[str, ...]], fraction: float,
    *, seed: int, salt: str,
) -> NDArray[np.bool_]:  # fmt: skip
    """Multi-label: a random `fraction` that leaves at least one training example of every label."""
    left: dict[str, int] = {}
    for names, size in zip(sets, np.bincount(codes, minlength=len(sets)).tolist(), strict=True):
        for name in names:
            left[name] = left.get(name, 0) + size
    taken = np.zeros(len(codes), dtype=np.bool_)
    wanted = min(max(1, round(len(codes) * fraction)), len(codes) - 1)
    for index in np.argsort(ranks(ids, seed, salt), kind="stable"):
        if wanted <= 0:
            break
        names = sets[codes[index]]
        if all(left[name] > 1 for name in names):
            taken[index] = True
            wanted -= 1
            for name in names:
                left[name] -= 1
    return taken


def at_most(ids: Iterable[str], codes: NDArray[np.integer], size: int, *, seed: int) -> Indices:
    """The positions of at most `size` examples of each class, in order."""
    kept = [members[:size] for members in _by_class(codes, ranks(ids, seed, "per class"))]
    return np.sort(np.concatenate(kept)) if kept else np.empty(0, dtype=np.int64)


def in_proportion(codes: NDArray[np.integer], rank: NDArray[np.integer], least: int) -> Indices:
    """All positions, (N,), so that each beginning has every class in its proportion; by `rank` within a class.

    The first `least` of every class come before all others: one of each class, then a second one of each, and so on.
    """
    by_class = np.lexsort((rank, codes))
    sizes = np.bincount(codes)
    number = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    share = np.where(number < least, -1.0, (number + 0.5) / np.repeat(sizes, sizes))
    return by_class[np.lexsort((rank[by_class], number, share))]


def _by_class(codes: NDArray[np.integer], rank: NDArray[np.uint64]) -> list[Indices]:
    """The positions of each class, in random order."""
    order = np.lexsort((rank, codes))
    borders = np.flatnonzero(np.diff(codes[order])) + 1
    return [members for members in np.split(order, borders) if len(members)]
