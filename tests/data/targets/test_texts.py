"""Targets that are texts in the row."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Data
from ftcli.contracts import Target
from tests.data.recordings import opened, refused, rows
from tests.tiny import data as tiny
from tests.tiny import sounds

HEARD = {"wants": "transcript"}


def clips(path: Path, *others: str) -> Path:
    """A table of sounds and what is said in them, with more columns of who says it."""
    spoken = [row | dict.fromkeys(others, ("ann", "bob")[n % 2]) for n, row in enumerate(rows(path))]
    return tiny.table(path / "a.csv", spoken)


def test_a_transcript_is_the_target(tmp_path: Path) -> None:
    splits = opened(Data(train=str(clips(tmp_path, "age")), target="label", val=0.25), **HEARD)
    assert splits.target == Target("transcript", examples=6)
    example = splits.train[0]
    assert (set(example.inputs), example.target) == ({"audio"}, example.inputs["audio"].parent.name)
    assert "no column of" in refused(Data(train=str(clips(tmp_path, "age"))), **HEARD)
    path = tiny.table(tmp_path / "b.csv", [{"audio": "a.wav", "sentence": "", "age": "7"}])
    sounds.sound(tmp_path / "a.wav")
    splits = opened(Data(train=str(path), val=0.0), **HEARD)
    assert f"{path}: audio from column 'audio', target from column 'sentence'" in splits.notes
    assert f"{path}: 1 text is empty and is kept as empty text" in splits.notes
