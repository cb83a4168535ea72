"""What a user says of data decides before what is recognised."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.data.discovery.asked import Asked
from ftcli.data.discovery.recognise import recognise, recognise_source
from ftcli.errors import DataError
from tests.tiny import boxes, prose, sounds
from tests.tiny import data as tiny


def test_data_for_another_task_are_refused(tmp_path: Path) -> None:
    photos = tiny.class_folders(tmp_path / "photos")
    words = "photos: data for a task that reads images and predicts classes; the one that is asked for reads texts"
    with pytest.raises(DataError, match=words):
        recognise(photos, Asked(TEXT, "category"))
    with pytest.raises(DataError, match="nothing for a task that finds boxes was found in it"):
        recognise(photos, Asked(IMAGE, "boxes"))
    with pytest.raises(DataError, match=r"--label: names a column of a table, and .*photos has none"):
        recognise(photos, Asked(label="colour"))


def test_the_task_chooses_among_what_a_folder_has(tmp_path: Path) -> None:
    folder = boxes.coco(tmp_path / "x", {"train": 3, "val": 2})
    assert recognise(folder, Asked(IMAGE, "boxes")).kind.name == "boxes"
    with pytest.raises(DataError):
        recognise(folder, Asked(IMAGE, "number"))


def test_texts_alone_are_for_language_models(tmp_path: Path) -> None:
    prose.lines(tmp_path / "a.txt", 14)
    assert recognise(tmp_path / "a.txt", Asked(TEXT, "tokens")).kind.name == "tokens"
    table = tiny.table(tmp_path / "a.csv", tiny.reviews(12))
    found = recognise(table, Asked(TEXT, "tokens"))
    assert (found.kind.name, dict(found.data)) == ("tokens", {"train": str(table), "text": "text"})


def test_speech_is_learned_from_what_recognition_is_learned_from(tmp_path: Path) -> None:
    sounds.named_files(tmp_path / "clips")
    files = sorted((tmp_path / "clips").iterdir())
    rows = [{"file": f"clips/{file.name}", "words": f"take {n}"} for n, file in enumerate(files)]
    table = tiny.table(tmp_path / "a.csv", rows)
    columns = {"audio": "file", "text": "words"}
    assert recognise(table, Asked(TEXT, "speech")).data == {"train": str(table), **columns}
    found = recognise(table, Asked(AUDIO, "transcript"))
    assert found.data == {"train": str(table), "audio": "file", "target": "words"}


def test_a_data_set_by_its_name_is_not_opened(workplace: Path) -> None:
    assert dict(recognise_source("cifar10").data) == {"source": "cifar10"}
    tiny.class_folders(workplace / "mnist")
    assert dict(recognise_source("mnist").data) == {"source": str(workplace / "mnist")}  # the folder
    with pytest.raises(DataError, match="Did you mean 'digits'"):
        recognise_source("digit")
    with pytest.raises(DataError, match="named in a YAML"):
        recognise_source("someone/reviews")


def test_folders_of_several_data_sets(tmp_path: Path) -> None:
    tiny.split_folders(tmp_path / "photos", {"train": 3, "val": 2})
    boxes.voc(tmp_path / "cells", {"train": 3, "val": 2})
    (tmp_path / "reviews").mkdir()
    tiny.table(tmp_path / "reviews" / "train.csv", tiny.reviews(12))
    words = r"holds several data sets: cells \(images and boxes\), photos .*, reviews \(texts and classes\)\. Name one"
    with pytest.raises(DataError, match=words):
        recognise(tmp_path)
