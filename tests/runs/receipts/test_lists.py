"""One hash over all, and short ones by which what differs is named."""

from __future__ import annotations

import hashlib

import pytest

from ftcli.runs.receipts.lists import differing, summary, whole
from ftcli.system.file_hashes import Hashed


def items(count: int) -> list[Hashed]:
    return [
        Hashed(f"f{number:05d}", number, hashlib.sha256(bytes([number % 256])).hexdigest())
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "most", "width"), [(100, 4096, 4), (1000, 4096, 3), (1400, 4096, 2), (5000, 4096, 0)]
)
def test_the_one_that_differs_is_named_where_the_hashes_fit(count: int, most: int, width: int) -> None:
    before = items(count)
    known = summary(before, most)
    assert len(known["short"]) <= most
    assert (len(known["short"]) * 3 // 4) // count == width
    assert differing(known, before[::-1]) == []
    after = [*before]
    after[7] = Hashed("f00007", 7, hashlib.sha256(b"another").hexdigest())
    assert differing(known, after) == (["f00007"] if width else None)


def test_other_names_and_other_sizes_are_not_named_but_differ() -> None:
    before = items(5)
    known = summary(before, 100)
    assert differing(known, before[1:]) is None
    larger = [before[0]._replace(size=9), *before[1:]]
    assert whole(larger) != known["sha256"]
    assert differing(known, larger) is None


def test_of_nothing_there_is_a_summary() -> None:
    known = summary([], 100)
    assert (known["count"], known["bytes"]) == (0, 0)
    assert differing(known, []) == []
    assert differing(known, items(1)) is None


def test_what_is_gone_differs_from_what_was_there() -> None:
    known = summary(items(3), 100)
    assert differing(known, [*items(2), Hashed("f00002", -1, "")]) == ["f00002"]
