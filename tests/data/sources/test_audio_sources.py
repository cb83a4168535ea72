"""Folders and tables of sounds, file names that tell the label, and splits by a condition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import AUDIO, TEXT
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.data.recordings import opened, refused, rows
from tests.tiny import data as tiny
from tests.tiny import sounds

PATTERN = "{label}_{speaker}_{index}.wav"


def test_class_folders_of_sounds(tmp_path: Path) -> None:
    sounds.class_folders(tmp_path)
    tiny.image(tmp_path / "low" / "cover.png")
    splits = opened(Data(source=str(tmp_path)))
    assert splits.target.classes == ("high", "low")
    assert splits.train[0].inputs["audio"].is_file()
    assert f"{tmp_path}: files that are not sounds were not read: .png (1)" in splits.notes


def test_class_folders_of_other_things_are_refused(tmp_path: Path) -> None:
    assert "no sounds in its 2 folders. Other files in them: .png (8)" in refused(
        Data(source=str(tiny.class_folders(tmp_path)))
    )
    assert "digits (train) (an embedded data set) holds images, and this task reads sounds" in refused(
        Data(source="digits")
    )


def test_a_broken_sound_is_named_before_anything_is_trained(tmp_path: Path) -> None:
    sounds.class_folders(tmp_path)
    (tmp_path / "low" / "2.wav").write_bytes(b"RIFF")
    assert "1 of the 8 sounds in" in (words := refused(Data(source=str(tmp_path))))
    assert "low/2.wav" in words


@pytest.mark.parametrize("make", [tiny.table, tiny.jsonl, tiny.parquet])
def test_tables_of_paths(tmp_path: Path, make: Any) -> None:
    ending = {"table": "csv"}.get(make.__name__, make.__name__)
    path = make(tmp_path / f"a.{ending}", rows(tmp_path))
    splits = opened(Data(train=str(path)))
    assert splits.train[0].inputs["audio"].is_file()
    assert any("audio from column 'file'" in note for note in splits.notes)
    (tmp_path / "clips/low/3.wav").unlink()
    assert "1 of the 8 sounds in" in refused(Data(train=str(path)))


def test_tables_of_stored_sounds(tmp_path: Path) -> None:
    """As Hugging Face stores them: bytes, or samples with their rate."""
    content = sounds.sound(tmp_path / "a.wav").read_bytes()
    samples = {"array": [float(one) for one in sounds.tone()], "sampling_rate": 8000}
    for cell in ({"bytes": content, "path": None}, {"bytes": None, "path": "a.wav"}, samples):
        path = tiny.parquet(tmp_path / "a.parquet", [{"audio": cell, "label": n % 2} for n in range(4)])
        split = opened(Data(train=str(path), audio="audio", val=0.0)).train
        assert len(split) == 4
        assert isinstance(split[0].inputs["audio"], bytes | Path)


SPEECH = {"inputs": (TEXT,), "wants": "speech"}
HEARD = {"wants": "transcript"}


def test_folders_and_data_sets_without_columns_have_no_texts(tmp_path: Path) -> None:
    source = str(sounds.class_folders(tmp_path))
    assert "(a folder of class folders) has no column for the text" in refused(Data(source=source), **HEARD)
    assert "a folder with a data.pattern" in refused(Data(source=source), **SPEECH)


def test_sounds_to_predict(tmp_path: Path) -> None:
    sounds.class_folders(tmp_path / "some", per_class=1)
    one = sounds.sound(tmp_path / "a.flac")
    split = open_unlabelled((AUDIO,), [one, tmp_path / "some"], None, Data(pattern=PATTERN))
    assert [split[index].inputs["audio"].name for index in range(len(split))] == ["a.flac", "0.wav", "0.wav"]
    (tmp_path / "b.wav").write_bytes(b"nothing")
    with pytest.raises(DataError, match="1 of the 1 sound to predict cannot be used"):
        open_unlabelled((AUDIO,), [tmp_path / "b.wav"], None, Data())
