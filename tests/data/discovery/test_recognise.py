"""What `look` makes of folders and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.cli.starter import starter_yaml
from ftcli.data.discovery.recognise import recognise
from ftcli.errors import DataError
from tests.tiny import boxes
from tests.tiny import data as tiny
from tests.tiny.masks import landscape_splits


def test_images_with_masks(tmp_path: Path) -> None:
    landscape_splits(tmp_path / "streets", {"train": 3, "val": 2})
    found = recognise(tmp_path / "streets")
    assert (found.modality.name, found.kind.wanted, found.sizes) == ("image", "mask", {"train": 3, "val": 2})
    assert found.classes == ("0", "1")
    text = starter_yaml(tmp_path / "streets", found)
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
        "empty": "no class folders",
    }
    with pytest.raises(DataError, match=words[name]):
        recognise(tmp_path / name)


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
        "not read: " in note and "labels.csv` reads it" in note for note in recognise(tmp_path).warnings
    )
