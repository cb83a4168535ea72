"""Files that are read are noted, each once, by whoever asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.system.read_files import note_read, recorded


def test_each_file_is_recorded_once_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    note_read(Path("before"))
    with recorded() as outer:
        note_read(Path("a"))
        with recorded() as inner:
            note_read(Path("b"))
        note_read(tmp_path / "a")
    note_read(Path("after"))
    assert list(outer) == [tmp_path / "a"]
    assert list(inner) == [tmp_path / "b"]
