"""Keys of `data` that would be ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE, MODALITIES, TEXT
from tests.data.recordings import refused, rows
from tests.tiny import data as tiny
from tests.tiny import sounds

SPEECH = {"inputs": (TEXT,), "wants": "speech"}
HEARD = {"wants": "transcript"}


def clips(path: Path, *others: str) -> Path:
    """A table of sounds and what is said in them, with more columns of who says it."""
    spoken = [row | dict.fromkeys(others, ("ann", "bob")[n % 2]) for n, row in enumerate(rows(path))]
    return tiny.table(path / "a.csv", spoken)


def test_keys_of_other_modalities_are_refused(tmp_path: Path) -> None:
    source = str(sounds.class_folders(tmp_path))
    assert "data.image_size: is for images, and this task reads sounds" in refused(
        Data(source=source, image_size=32)
    )
    assert "data.audio: has no meaning for" in refused(Data(source=source, audio="file"))
    assert "data.speaker: is for speech, and this task predicts classes" in refused(
        Data(source=source, speaker="who")
    )
    assert "transcripts and language modelling, and this task predicts classes" in refused(
        Data(source=source, target="words")
    )
    path = str(clips(tmp_path))
    assert "and this task transcribes speech" in refused(Data(train=path, label="label"), **HEARD)
    assert "data.text_pair: has no meaning here, as this task speaks texts" in refused(
        Data(train=path, text_pair="label"), **SPEECH
    )
    assert "data.max_seconds: is for sounds, and this task reads texts" in refused(
        Data(train=path, max_seconds=1.0), **SPEECH
    )
    words = refused(Data(source="digits", max_seconds=1.0), inputs=(IMAGE,))
    assert "data.max_seconds: is for sounds, and this task reads images" in words


@pytest.mark.parametrize(
    ("keys", "modality", "wants", "words"),
    [
        ({"augment": "flip"}, "text", "category", "data.augment: is for images, and this task reads texts"),
        ({"subset": "x"}, "text", "category", "data.subset: has no meaning for"),
        ({"download": False}, "text", "category", "data.download: has no meaning for"),
        ({"root": "."}, "text", "category", "data.root: has no meaning for"),
        (
            {"per_class": 3},
            "text",
            "number",
            "data.per_class: is for classes, and this task predicts a number",
        ),
        ({"per_class": 3, "label_separator": "|"}, "text", "category", "data.per_class: needs one label"),
        ({"label_separator": ""}, "text", "category", "data.label_separator: is empty"),
    ],
)
def test_no_key_is_read_by_nobody(
    tmp_path: Path, keys: dict[str, Any], modality: Any, wants: str, words: str
) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews()))
    assert words in refused(Data(train=path, **keys), inputs=(MODALITIES[modality],), wants=wants)


def test_keys_of_tables_have_no_meaning_for_folders(tmp_path: Path) -> None:
    folder = str(tiny.class_folders(tmp_path))
    message = refused(Data(source=folder, delimiter=",", label="x", max_length=5), inputs=(IMAGE,), places={})
    assert [line.split(": ")[0] for line in message.splitlines()] == [
        "data.label",
        "data.delimiter",
        "data.max_length",
    ]
