"""The store: whole entries or none, whatever happens to the process, the disk or the files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from ftcli.store.fingerprints import content_key
from ftcli.store.store import Store
from tests.store.stored import LIMIT, fill, opened, whole


def test_the_least_recently_used_shard_goes_first(tmp_path: Path) -> None:
    for n in range(3):
        bucket = opened(tmp_path)
        bucket.put(content_key(str(n)), {"x": torch.full((1000,), n)})
        os.utime(bucket._shards[-1].index, (n + 10, n + 10))
        bucket.close()
    reader = opened(tmp_path)
    whole(reader, 1)  # uses the oldest
    reader.close()
    assert whole(opened(tmp_path, 17_000), 3) == [0, 2]


def test_it_could_hold_its_limit_or_what_the_disk_has_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = opened(tmp_path)
    fill(bucket, 1, size=1000)
    bucket.close()
    held = sum(one.stat().st_size for one in tmp_path.rglob("*.*") if one.suffix in (".index", ".data"))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=LIMIT - 1))
    assert Store(tmp_path, LIMIT).most() == LIMIT
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=7))
    assert Store(tmp_path, LIMIT).most() == held + 7
    monkeypatch.setattr(Store, "_bucket_folders", lambda self: pytest.fail("it looked through all buckets"))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=LIMIT))
    assert Store(tmp_path, LIMIT).most() == LIMIT


def test_what_has_no_room_is_not_written(tmp_path: Path) -> None:
    bucket = opened(tmp_path, 1000)
    fill(bucket, 1, size=1000)
    assert bucket.problem is not None
    assert "limit" in bucket.problem
    assert whole(bucket, 1) == []


def test_clear_takes_what_a_crash_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_shelf, half = opened(tmp_path), tmp_path / f"k-{'0' * 16}"
    half.mkdir()
    foreign = tmp_path / f"k-{'1' * 16}"
    foreign.mkdir()
    (foreign / "about.json").write_text("{}")
    for folder in (whole_shelf.path, half):
        (folder / "about.json.0123abcd").write_text('{"kind"')
    assert Store(tmp_path, LIMIT).clear() > 0
    assert {path.name for path in tmp_path.rglob("*")} == {foreign.name, "about.json"}


def test_clear_leaves_other_files(tmp_path: Path) -> None:
    store = Store(tmp_path, LIMIT)
    bucket = store.bucket("k", {"a": 1})
    fill(bucket, 2)
    (bucket.path / "mine.txt").write_text("x")
    (tmp_path / "other").mkdir()
    (summary,) = store.buckets()
    assert (summary.kind, summary.facts, summary.entries) == ("k", {"a": 1}, 2)
    assert store.clear() >= summary.bytes > 0
    assert {path.name for path in tmp_path.rglob("*")} == {bucket.path.name, "mine.txt", "other"}
    assert store.buckets() == []
