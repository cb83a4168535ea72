"""A store with entries."""

from __future__ import annotations

from pathlib import Path

import torch

from ftcli.store.bucket import Bucket
from ftcli.store.fingerprints import content_key
from ftcli.store.store import Store

LIMIT = 10**8


def opened(folder: Path, limit: int = LIMIT) -> Bucket:
    return Store(folder, limit).bucket("k", {"a": 1})


def fill(bucket: Bucket, count: int, size: int = 4) -> None:
    for n in range(count):
        bucket.put(content_key(str(n)), {"x": torch.full((size,), n)})


def whole(bucket: Bucket, count: int) -> list[int]:
    found = []
    for n in range(count):
        value = bucket.get(content_key(str(n)))
        if value is not None:
            assert torch.equal(value["x"], torch.full_like(value["x"], n))
            found.append(n)
    return found
