"""Files that several processes append to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.stored import fill, opened, whole

FILL = """
import sys, torch
from pathlib import Path
from ftcli.store.store import Store
from ftcli.store.fingerprints import content_key
bucket = Store(Path(sys.argv[1]), 10**9).bucket("k", {"a": 1})
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    bucket.put(content_key(str(n)), {"x": torch.full((1000,), n)})
    if n == 20: print("ready", flush=True)
"""


def filler(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FILL, str(folder), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


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


def test_a_long_shard_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.store.shard.SHARD_BYTES", 1000)
    bucket, files = opened(tmp_path), len(os.listdir("/dev/fd"))
    fill(bucket, 20)  # of 128 bytes each
    assert sorted(path.stat().st_size for path in bucket.path.glob("*.data")) == [512, 1024, 1024]
    assert whole(bucket, 20) == whole(opened(tmp_path), 20) == list(range(20))
    assert len(os.listdir("/dev/fd")) <= files + 2  # those of the last; shards that are read take none
    bucket.close()
    assert len(os.listdir("/dev/fd")) <= files


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
