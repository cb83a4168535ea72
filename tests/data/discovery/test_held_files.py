"""What the files in folders are."""

from __future__ import annotations

from pathlib import Path

from ftcli.contracts.modalities import AUDIO, IMAGE
from ftcli.data.discovery.held_files import held_below, texts_in_classes


def write(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_what_is_held(tmp_path: Path) -> None:
    assert held_below(tmp_path) == IMAGE
    write(tmp_path / "@eaDir/a.png", tmp_path / "a/b/c.wav")
    assert held_below(tmp_path) == AUDIO


def test_texts_in_classes(tmp_path: Path) -> None:
    folders = [tmp_path / "train" / name for name in ("neg", "pos")]
    write(*(folder / f"{index}.txt" for folder in folders for index in range(2)))
    assert texts_in_classes(tmp_path)
    assert texts_in_classes(tmp_path / "train")
    assert not texts_in_classes(tmp_path / "train/neg")
    assert not texts_in_classes(tmp_path / "train/neg/0.txt")
    write(tmp_path / "train/notes.txt")
    assert not texts_in_classes(tmp_path)
