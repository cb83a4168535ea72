"""The store: whole entries or none, whatever happens to the process, the disk or the files."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ftcli.store.store import Bucket, Store, content_key, default_folder, fingerprint

LIMIT = 10**8
FILL = """
import sys, torch
from pathlib import Path
from ftcli.store.store import Store, content_key
bucket = Store(Path(sys.argv[1]), 10**9).bucket("k", {"a": 1})
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    bucket.put(content_key(str(n)), {"x": torch.full((1000,), n)})
    if n == 20: print("ready", flush=True)
"""


def filler(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FILL, str(folder), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


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


def test_keys_and_facts() -> None:
    assert (
        len({content_key("ab", "c"), content_key("a", "bc"), content_key(b"ab", "c"), content_key("abc")})
        == 4
    )
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1}) != fingerprint({"a": 2, "b": 2})


def test_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    monkeypatch.delenv("FTCLI_CACHE", raising=False)
    assert default_folder() == Path("/x/ftcli")
    monkeypatch.setenv("FTCLI_CACHE", "/y")
    assert default_folder() == Path("/y")


def test_every_dtype_and_shape_comes_back(tmp_path: Path) -> None:
    value = {
        str(dtype): torch.arange(6).reshape(2, 3).to(dtype)
        for dtype in (torch.uint8, torch.int64, torch.bool, torch.float16, torch.bfloat16, torch.float64)
    }
    value |= {
        "empty": torch.empty(0, 3),
        "scalar": torch.tensor(2.5),
        "strided": torch.arange(6).reshape(2, 3).T,
    }
    bucket = opened(tmp_path)
    bucket.put(b"k" * 16, value)
    for reader in (bucket, opened(tmp_path), pickle.loads(pickle.dumps(bucket))):
        found = reader.get(b"k" * 16)
        assert found is not None
        assert list(found) == list(value)
        for name, tensor in value.items():
            assert found[name].dtype == tensor.dtype
            assert found[name].shape == tensor.shape
            assert torch.equal(found[name], tensor)
    assert [path.stat().st_mode & 0o777 for path in bucket.path.iterdir()] == [0o600] * 3
    assert b"n" * 16 not in bucket
    assert bucket.get(b"n" * 16) is None


def test_two_processes_fill_at_once(tmp_path: Path) -> None:
    reader = opened(tmp_path)
    fillers = [filler(tmp_path, 0, 60), filler(tmp_path, 40, 100)]
    for process in fillers:
        process.communicate()
        assert process.returncode == 0
    assert whole(reader, 100) == []
    reader.refresh()
    assert whole(reader, 100) == list(range(100))


def test_a_killed_process_leaves_whole_entries(tmp_path: Path) -> None:
    process = filler(tmp_path, 0, 10**6)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = whole(opened(tmp_path), 100)
    assert found == list(range(len(found)))
    assert len(found) > 20


@pytest.mark.parametrize("suffix", ["data", "index"])
def test_truncation_anywhere_leaves_whole_entries(tmp_path: Path, suffix: str) -> None:
    bucket = opened(tmp_path)
    fill(bucket, 3)
    bucket.close()
    path = next(bucket.path.glob(f"*.{suffix}"))
    for size in reversed(range(path.stat().st_size)):
        os.truncate(path, size)
        found = whole(opened(tmp_path), 3)
        assert found == list(range(len(found)))
        assert len(found) < 3


def test_a_flipped_bit_is_an_absent_entry_that_can_be_put_again(tmp_path: Path) -> None:
    bucket = opened(tmp_path)
    fill(bucket, 3, size=100)
    bucket.close()
    path = next(bucket.path.glob("*.data"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    reader = opened(tmp_path)
    assert whole(reader, 3) == [0, 2]
    fill(reader, 3, size=100)
    assert whole(reader, 3) == [0, 1, 2]


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


def test_what_has_no_room_is_not_written(tmp_path: Path) -> None:
    bucket = opened(tmp_path, 1000)
    fill(bucket, 1, size=1000)
    assert bucket.problem is not None
    assert "limit" in bucket.problem
    assert whole(bucket, 1) == []


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


def test_a_long_shard_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.store.shard.SHARD_BYTES", 1000)
    bucket, files = opened(tmp_path), len(os.listdir("/dev/fd"))
    fill(bucket, 20)  # of 128 bytes each
    assert sorted(path.stat().st_size for path in bucket.path.glob("*.data")) == [512, 1024, 1024]
    assert whole(bucket, 20) == whole(opened(tmp_path), 20) == list(range(20))
    assert len(os.listdir("/dev/fd")) <= files + 2  # those of the last; shards that are read take none
    bucket.close()
    assert len(os.listdir("/dev/fd")) <= files


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


def test_a_fork_writes_its_own_shard(tmp_path: Path) -> None:
    bucket = opened(tmp_path)
    fill(bucket, 1)
    child = os.fork()
    if child == 0:
        fill(bucket, 2)
        os._exit(0 if bucket.problem is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert len(list(bucket.path.glob("*.data"))) == 2
    bucket.refresh()
    assert whole(bucket, 2) == [0, 1]
