"""Near hashes are found as comparing all with all finds them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ftcli.findings import hashes as module
from ftcli.findings.hashes import MOST_BITS, near_pairs


def test_all_pairs_within_the_bound_are_found_and_no_others() -> None:
    random = np.random.default_rng(0)
    hashes = random.integers(0, 1 << 63, 300, dtype=np.uint64)
    for number in range(200):
        bits = random.choice(64, number % 8, replace=False)
        hashes[100 + number] = hashes[number % 100] ^ np.bitwise_or.reduce(
            np.uint64(1) << bits.astype(np.uint64), initial=np.uint64(0)
        )
    wanted = [
        [one, other]
        for one, other in itertools.combinations(range(300), 2)
        if int(hashes[one] ^ hashes[other]).bit_count() <= MOST_BITS
    ]
    assert len(wanted) > 100
    assert near_pairs(hashes).tolist() == wanted


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_is_near_nothing(size: int) -> None:
    assert near_pairs(np.zeros(size, np.uint64)).shape == (0, 2)


def test_very_many_of_one_hash_take_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NEIGHBOURS", 3)
    pairs = near_pairs(np.zeros(50, np.uint64))
    assert len(pairs) == 49 + 48 + 47
