"""What was computed once, in memory."""

from __future__ import annotations

import torch

from ftcli.store.memo import Memo


def test_what_has_no_room_is_not_kept() -> None:
    memo: Memo[str] = Memo(1500)
    memo.put("a", {"x": torch.zeros(100)})  # 400 bytes, and 500 for the objects
    memo.put("b", {"x": torch.zeros(100)})
    memo.put("c", {"x": torch.zeros(10)})
    kept = memo.get("a")
    assert kept is not None
    assert kept["x"].shape == (100,)
    assert memo.get("b") is None
    assert memo.get("c") is not None


def test_the_first_of_a_key_is_kept() -> None:
    memo: Memo[int] = Memo(10_000)
    memo.put(1, {"x": torch.zeros(1)})
    memo.put(1, {"x": torch.ones(1)})
    kept = memo.get(1)
    assert kept is not None
    assert kept["x"].tolist() == [0]
