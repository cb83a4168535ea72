"""Sounds without class folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.discovery.recognise import recognise
from ftcli.errors import DataError
from tests.data.recordings import rows
from tests.tiny import data as tiny
from tests.tiny import sounds


def test_init_recognises_sounds(tmp_path: Path) -> None:
    found = recognise(sounds.class_folders(tmp_path / "a"))
    assert (found.modality.name, found.kind.wanted, found.classes) == ("audio", "category", ("high", "low"))
    found = recognise(tiny.table(tmp_path / "a.csv", rows(tmp_path)))
    assert (found.modality.name, found.data["audio"], found.data["label"]) == ("audio", "file", "label")


def test_sounds_whose_names_tell_something(tmp_path: Path) -> None:
    found = recognise(sounds.named_files(tmp_path))
    pattern = "{label}_{part2}_{part3}.wav"
    assert found.data == {"source": str(tmp_path), "pattern": pattern}
    assert (found.modality.name, found.kind.wanted, found.classes) == ("audio", "category", ("0", "1"))
    assert found.guesses[-1] == f"{pattern} is a guess of what file names tell: put label where it belongs"
    sounds.sound(tmp_path / "another.wav")
    with pytest.raises(DataError, match="no class folders"):
        recognise(tmp_path)
