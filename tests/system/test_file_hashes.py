"""Hashes of files: every byte counts where they are read whole, and what is no file stops nothing."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ftcli.system import file_hashes
from ftcli.system.file_hashes import EDGE, hash_file, hash_files, how_to_read


@pytest.mark.parametrize("size", [0, 5, (1 << 20) + 7])
def test_all_bytes_count(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "a").write_bytes(content)
    assert hash_file("a", tmp_path / "a") == ("a", size, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("size", [3 * EDGE, (1 << 20) + 7])
def test_of_edges_the_middle_does_not_count(tmp_path: Path, size: int) -> None:
    path, content = tmp_path / "a", bytearray(size)
    path.write_bytes(content)
    before = hash_file("a", path, "edges")
    content[size // 2] = 1
    path.write_bytes(content)
    assert hash_file("a", path, "edges") == before
    assert hash_file("a", path) != before
    content[-1] = 1
    path.write_bytes(content)
    assert hash_file("a", path, "edges") != before


def test_what_is_no_file_has_no_hash_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found = hash_files({"pipe": tmp_path / "pipe", "gone": tmp_path / "gone", "dir": tmp_path}, "whole")
    assert found == [("dir", -1, ""), ("gone", -1, ""), ("pipe", -1, "")]


def test_it_ends_where_it_is_stopped(tmp_path: Path) -> None:
    assert hash_files({"a": tmp_path / "a"}, "whole", lambda: True) == []


def test_a_large_set_is_read_at_its_edges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"123")
    files = {"a": tmp_path / "a", "gone": tmp_path / "gone"}
    assert how_to_read(files) == "whole"
    monkeypatch.setattr(file_hashes, "MOST_READ", 2)
    assert how_to_read(files) == "edges"
