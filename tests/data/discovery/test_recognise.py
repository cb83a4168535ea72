"""What `look` makes of folders and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.cli.starter import Starter, Wishes
from ftcli.data.discovery.recognise import recognise, recognise_source
from ftcli.errors import DataError
from tests.tiny import boxes, sounds
from tests.tiny import data as tiny
from tests.tiny.masks import landscape_splits


def test_images_with_masks(tmp_path: Path) -> None:
    landscape_splits(tmp_path / "streets", {"train": 3, "val": 2})
    found = recognise(tmp_path / "streets")
    assert (found.modality.name, found.kind.wanted, found.sizes) == ("image", "mask", {"train": 3, "val": 2})
    assert found.classes == ("0", "1")
    text = Starter.of(str(tmp_path / "streets"), Wishes(), download=True).commented()
    assert "task: semantic-segmentation" in text
    assert "model: torchvision/deeplabv3" in text


def test_folders(tmp_path: Path) -> None:
    found = recognise(tiny.split_folders(tmp_path, {"train": 3, "val": 2}))
    assert (found.modality.name, found.kind.wanted, dict(found.data)) == (
        "image",
        "category",
        {"source": str(tmp_path)},
    )
    assert (found.sizes, found.classes) == ({"train": 6, "val": 4}, ("blue", "red"))


@pytest.mark.parametrize("name", ["gone", "notes.md", "words.csv", "empty"])
def test_what_is_not_recognised(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.md").write_text("x")
    (tmp_path / "words.csv").write_text("one\ntwo\n")
    (tmp_path / "empty").mkdir()
    words = {
        "gone": "no such file",
        "notes.md": "is wanted",
        "words.csv": "no separator",
        "empty": "no class folders, as it is empty",
    }
    with pytest.raises(DataError, match=words[name]):
        recognise(tmp_path / name)


def test_an_address_is_not_taken_for_a_path() -> None:
    with pytest.raises(DataError, match="is an address: download"):
        recognise_source("https://example.com/x.zip")


@pytest.mark.parametrize("make", [boxes.coco, boxes.voc, boxes.yolo])
def test_boxes(tmp_path: Path, make: Any) -> None:
    found = recognise(make(tmp_path / "x", {"train": 3, "val": 2}))
    assert (found.modality.name, found.kind.wanted, found.kind.name) == ("image", "boxes", "boxes")
    assert (found.sizes, found.classes) == ({"train": 3, "val": 2}, ("blue", "red"))
    assert dict(found.data) == {"source": str(tmp_path / "x")}


def test_a_file_of_boxes(tmp_path: Path) -> None:
    file = boxes.coco(tmp_path / "x", {"train": 4}) / "annotations/instances_train.json"
    assert (recognise(file).kind.wanted, dict(recognise(file).data)) == ("boxes", {"train": str(file)})


def test_the_only_file_of_tagged_words_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("x")
    (tmp_path / "news.conll").write_text("Anna B-PER\nsings O\n\nBonn B-LOC\nsleeps O\n\n" * 4)
    assert dict(recognise(tmp_path).data) == {"train": str(tmp_path / "news.conll")}


def test_tables_whose_names_share_a_word(tmp_path: Path) -> None:
    """Both are found, from the folder and from the one for training."""
    for name in ("sts-train.csv", "sts-dev.csv"):
        tiny.table(tmp_path / name, [{"text": f"a {name} {row}", "label": "xy"[row % 2]} for row in range(8)])
    for path in (tmp_path, tmp_path / "sts-train.csv"):
        assert recognise(path).sizes == {"train": 8, "val": 8}


def test_tables_of_which_none_is_called_train(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        tiny.table(tmp_path / name, [{"text": f"{name} {row}", "label": "xy"[row % 2]} for row in range(8)])
    with pytest.raises(
        DataError, match=r"has 2 tables \(a.csv, b.csv\), and no name says which is for training"
    ):
        recognise(tmp_path)


def test_a_table_beside_class_folders_is_noted(tmp_path: Path) -> None:
    tiny.split_folders(tmp_path, {"train": 3, "val": 2})
    (tmp_path / "labels.csv").write_text("image,label\ntrain/red/0.png,x\n")
    assert any(
        "not read: " in note and "labels.csv` reads it" in note for note in recognise(tmp_path).guesses
    )


def competition(folder: Path, test: str) -> Path:
    """What a competition hands out: a test table without labels, and how predictions are handed in."""
    rows = [f"{number},some words {number} here,{'xy'[number % 2]}" for number in range(8)]
    (folder / "train.csv").write_text("\n".join(["id,text,target", *rows]))
    (folder / "test.csv").write_text(test)
    (folder / "sample_submission.csv").write_text("id,target\n1,x\n2,x\n")
    return folder


@pytest.mark.parametrize("test", ["id,text\n1,some words\n2,and more\n", "id\n1\n2\n"])
@pytest.mark.parametrize("name", ["", "train.csv"])
def test_a_test_table_without_labels(tmp_path: Path, test: str, name: str) -> None:
    found = recognise(competition(tmp_path, test) / name)
    assert (found.sizes, found.classes) == ({"train": 6, "val": 2}, ("x", "y"))
    assert any(
        "test.csv: no column 'target', so nothing is tested on it" in note
        for note in (*found.warnings, *found.guesses)
    )


def test_a_test_table_with_labels_is_tested_on(tmp_path: Path) -> None:
    competition(tmp_path, "id,text,target\n1,some words,x\n2,and more,y\n")
    for name in ("", "train.csv"):
        assert recognise(tmp_path / name).sizes == {"train": 6, "val": 2, "test": 2}


@pytest.mark.parametrize("test", [None, "id\n10\n11\n"])
def test_the_table_for_training_beside_folders_called_as_splits(tmp_path: Path, test: str | None) -> None:
    for number in range(4):
        tiny.image(tmp_path / "train" / f"{number}.png")
        tiny.image(tmp_path / "test" / f"{10 + number}.png")
    rows = "".join(f"{number},{'xy'[number % 2]}\n" for number in range(4))
    (tmp_path / "train.csv").write_text(f"id,label\n{rows}")
    (tmp_path / "sample_submission.csv").write_text("id,label\n10,x\n11,x\n")
    if test is not None:
        (tmp_path / "test.csv").write_text(test)
    found = recognise(tmp_path)
    assert (found.data["train"], found.data["image"]) == (str(tmp_path / "train.csv"), "train/{id}.png")
    assert sum(found.sizes.values()) == 4


def test_texts_in_class_folders_with_lists_beside_them(tmp_path: Path) -> None:
    """As aclImdb has them: what lies beside is counted, and is not prose."""
    for split in ("train", "test"):
        for name in ("neg", "pos"):
            (tmp_path / split / name).mkdir(parents=True)
            for number in range(4):
                (tmp_path / split / name / f"{number}.txt").write_text(f"{name} {split} {number}")
        (tmp_path / split / "urls_pos.txt").write_text("http://a\n")
    found = recognise(tmp_path)
    assert (found.classes, found.sizes) == (("neg", "pos"), {"train": 6, "val": 2, "test": 8})
    assert any(
        "1 text beside its class folders, so not read: urls_pos.txt" in note for note in found.warnings
    )


def test_the_splits_of_conll_2003(tmp_path: Path) -> None:
    for name, many in (("eng.train", 4), ("eng.testa", 3), ("eng.testb", 2)):
        (tmp_path / name).write_text("Anna B-PER\nsings O\n\nBonn B-LOC\nsleeps O\n\n" * many)
    assert recognise(tmp_path).sizes == {"train": 8, "val": 6, "test": 4}


def test_a_table_in_a_folder_beside_that_of_its_sounds(tmp_path: Path) -> None:
    """As ESC-50 has them."""
    for number in range(8):
        sounds.sound(tmp_path / "audio" / f"1-{number}.wav")
    rows = "".join(f"1-{number}.wav,{number % 4},{'xy'[number % 2]}\n" for number in range(8))
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "esc50.csv").write_text(f"filename,fold,category\n{rows}")
    for name in ("", "meta", "meta/esc50.csv"):
        found = recognise(tmp_path / name)
        assert (found.sizes, found.classes) == ({"train": 6, "val": 2}, ("x", "y"))
        assert (found.data["root"], found.data["audio"]) == (str(tmp_path), "audio/{filename}")
