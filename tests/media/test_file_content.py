"""Files that are read once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ftcli.errors import DataError
from ftcli.media import file_content
from ftcli.media.file_content import read_content


def test_the_content_has_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"abc")
    found = read_content(tmp_path / "a.bin")
    assert (found.content, found.name) == (b"abc", str(tmp_path / "a.bin"))
    assert "abc" not in repr(found)


def test_what_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="gone"):
        read_content(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(DataError):
            read_content(tmp_path / name)
    (tmp_path / "large").write_bytes(b"12345")
    monkeypatch.setattr(file_content, "LARGEST", 4)
    with pytest.raises(DataError, match="has 5 bytes; at most 4 are read"):
        read_content(tmp_path / "large")
