"""Where keys are found."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.store.stored import fill, opened, whole


def test_many_keys_are_found_as_few_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.store.key_index._RECENT", 7)
    monkeypatch.setattr("ftcli.store.shard._AT_ONCE", 5)
    bucket = opened(tmp_path)
    twins = [b"same" + bytes([n]) * 12 for n in range(20)]  # told apart by more than their first bytes
    for n, key in enumerate(twins):
        bucket.put(key, {"x": torch.tensor(n)})
        fill(bucket, n + 1)
    for reader in (bucket, opened(tmp_path)):
        assert whole(reader, 20) == list(range(20))
        assert [int((reader.get(key) or {})["x"]) for key in twins] == list(range(20))
        assert reader.get(b"same" + b"n" * 12) is None
        assert b"same" + b"n" * 12 not in reader
