"""The batches of one optimizer step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ftcli.training.windows import examples_of, windows


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (3, [2, 1]), (4, [2, 2])])
def test_batches_come_in_groups_and_the_last_may_be_smaller(count: int, sizes: list[int]) -> None:
    batches: list[Any] = [SimpleNamespace(examples=index + 1) for index in range(count)]
    found = list(windows(batches, 2))
    assert [len(window) for window in found] == sizes
    assert sum(map(examples_of, found)) == count * (count + 1) // 2
