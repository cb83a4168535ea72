"""Temporary files end with the process that made them, or with their owner."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ftcli.errors import DataError
from ftcli.system.temporary import no_room, remove, remove_with, temporary


class Owner:
    pass


def test_a_file_goes_with_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    owner, copy = Owner(), temporary("words.txt", ".txt")
    assert Path(copy).name.startswith("ftcli-")
    assert copy.endswith(".txt")
    remove_with(owner, copy)
    assert os.path.exists(copy)
    del owner
    assert not os.path.exists(copy)


def test_only_the_process_that_made_a_file_removes_it(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    remove(str(tmp_path / "x"), os.getpid() + 1)
    assert (tmp_path / "x").exists()
    remove(str(tmp_path / "x"), os.getpid())
    assert not (tmp_path / "x").exists()


def test_a_disk_without_room_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(DataError, match=r"words.txt: no temporary file can be made .*set TMPDIR"):
        temporary("words.txt", ".txt")
    assert "cannot be copied to /tmp/x: full" in str(no_room("words.txt", "/tmp/x", OSError("full")))
