"""Notes on what is cut."""

from __future__ import annotations

import pytest

from ftcli.contracts import Example
from ftcli.tasks import lengths
from ftcli.tasks.lengths import sampled, too_long


class Rows(list[Example]):
    def targets(self) -> list[None]:
        return [None] * len(self)


def test_of_a_large_split_examples_are_spread_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(Example(str(n), {}) for n in range(10))
    assert sampled(rows) == rows
    monkeypatch.setattr(lengths, "LOOKED_AT", 4)
    assert [one.id for one in sampled(rows)] == ["0", "3", "6", "9"]
    assert sampled(Rows()) == []


def test_only_lengths_beyond_the_limit_are_noted() -> None:
    assert too_long([1, 5, 6], 5, "are cut") == ["1 of 3 are cut"]
    assert too_long([1, 5], 5, "are cut") == []
    assert too_long([2] * 1234, 1, "are cut") == ["1,234 of 1,234 are cut"]
