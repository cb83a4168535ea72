"""Entries made under the same facts."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ftcli.store.fingerprints import content_key
from ftcli.store.store import Store
from tests.store.stored import LIMIT, fill, opened, whole


@pytest.mark.parametrize("left", [0, 10, 128, 160, 168, 178, 300])
def test_a_full_disk_stops_the_writing_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """The disk is full `left` bytes later: in a payload of 128 bytes, in its record of 40, or between them."""
    bucket = opened(tmp_path)
    fill(bucket, 2)
    write, written, refused = os.write, [0], []

    def full(descriptor: int, content: memoryview) -> int:
        if sum(written) >= left:
            refused.append(1)
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(write(descriptor, content[: left - sum(written)]))
        return written[-1]

    monkeypatch.setattr(os, "write", full)
    fill(bucket, 5)
    kept = list(range(2 + left // 168))
    assert bucket.problem is not None
    assert "No space left" in bucket.problem
    assert len(refused) == 1
    assert whole(bucket, 5) == whole(opened(tmp_path), 5) == kept
    monkeypatch.undo()
    later = opened(tmp_path)
    fill(later, 5)
    bucket.refresh()
    assert whole(later, 5) == whole(bucket, 5) == whole(opened(tmp_path), 5) == list(range(5))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    bucket = opened(tmp_path / "file")
    fill(bucket, 1)
    assert bucket.problem is not None
    assert str(tmp_path) in bucket.problem


def test_a_full_disk_leaves_nothing_of_a_new_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, content: memoryview) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    bucket = opened(tmp_path)
    assert bucket.problem is not None
    assert list(bucket.path.iterdir()) == []


def refuse(*_: object, **__: object) -> int:
    raise OSError(errno.EROFS, "Read-only file system")


def test_a_read_only_store_serves_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(opened(tmp_path), 2)
    for name in ("open", "write", "mkdir", "utime", "unlink", "replace", "rmdir"):
        monkeypatch.setattr(os, name, refuse)
    for limit in (LIMIT, 0):  # nothing can be evicted either
        bucket = opened(tmp_path, limit)
        assert not bucket.problem
        assert whole(bucket, 3) == [0, 1]
        fill(bucket, 3)
        assert bucket.problem is not None
        assert ("Read-only file system" if limit else "limit") in bucket.problem
        assert whole(bucket, 3) == [0, 1]


def test_a_store_that_may_not_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "mkdir", refuse)
    bucket = opened(tmp_path / "new")
    fill(bucket, 1)
    assert bucket.problem is not None
    assert "Read-only file system" in bucket.problem
    assert whole(bucket, 1) == []


def test_a_bucket_that_is_forgotten_holds_nothing(tmp_path: Path) -> None:
    def evicts() -> bool:
        Store(tmp_path, 0).make_room(0)
        return not list(tmp_path.rglob("*.data"))

    files = len(os.listdir("/dev/fd"))
    writer = opened(tmp_path)
    fill(writer, 2)
    reader = opened(tmp_path)
    assert whole(reader, 2) == [0, 1]
    tensor = (reader.get(content_key("1")) or {})["x"]
    assert not evicts()
    writer.close()
    assert not evicts()  # the other bucket still reads it
    del writer, reader
    assert evicts()
    assert len(os.listdir("/dev/fd")) == files
    assert tensor.tolist() == [1, 1, 1, 1]


def test_facts_with_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    bucket = Store(tmp_path, LIMIT).bucket("k", {"class": "caf\udce9"})
    fill(bucket, 1)
    assert whole(bucket, 1) == [0]
