"""Files of a run that somebody else may have made: what is not read, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ftcli.report.files import read_json, read_text
from ftcli.system.bounded import UnreadableError


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"x": 1}')
    (tmp_path / "a.txt").write_bytes(b"gr\xfcn")
    assert read_json(tmp_path / "a.json", 100) == {"x": 1}
    assert read_text(tmp_path / "a.txt", 100) == "gr\\xfcn"
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "b.json", 100)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[1, ", "a.json: damaged, not JSON"),
        ("[1]", "a.json: not a JSON object"),
        ("[" * 50_000, "a.json: damaged, not JSON"),
        ('{"x": ' + "1" * 10_000 + "}", "a.json: damaged, not JSON"),
        ("\x00", "a.json: damaged, not JSON"),
        (" " * 2_000_000, "a.json: 2 MB, more than the 1 MB that are read"),
    ],
)
def test_what_is_damaged_or_too_large(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(UnreadableError, match=problem):
        read_json(tmp_path / "a.json", 1_000_000)


def test_neither_links_nor_pipes_nor_folders_are_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"password": 1}')
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, problem in (("link", "is a link"), ("folder", "is not a file"), ("pipe", "is not a file")):
        with pytest.raises(UnreadableError, match=f"{name}: {problem}"):
            read_text(tmp_path / name, 1000)
