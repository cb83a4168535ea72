"""Where keys are found."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ftcli.store.bucket import Bucket
from ftcli.store.fingerprints import content_key
from ftcli.store.store import Store

LIMIT = 10**8


def opened(folder: Path, limit: int = LIMIT) -> Bucket:
    return Store(folder, limit).bucket("k", {"a": 1})


def whole(bucket: Bucket, count: int) -> list[int]:
    found = []
    for n in range(count):
        value = bucket.get(content_key(str(n)))
        if value is not None:
            assert torch.equal(value["x"], torch.full_like(value["x"], n))
            found.append(n)
    return found


def fill(bucket: Bucket, count: int, size: int = 4) -> None:
    for n in range(count):
        bucket.put(content_key(str(n)), {"x": torch.full((size,), n)})


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
