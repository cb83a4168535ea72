"""What `look` makes of folders and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.cli.starter import starter_yaml
from ftcli.data.discovery.recognise import recognise
from ftcli.errors import DataError
from tests.tiny import boxes, sounds
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


def test_texts_without_header(tmp_path: Path) -> None:
    rows = [{"text": row["text"], "label": str(n % 2)} for n, row in enumerate(tiny.reviews(20))]
    path = tiny.table(tmp_path / "train.tsv", rows, header=False)
    tiny.table(tmp_path / "dev.tsv", rows[:4], header=False)
    found = recognise(path)
    assert found.data == {
        "train": str(path), "val": str(tmp_path / "dev.tsv"),
        "columns": ["text", "label"], "text": "text", "label": "label",
    }  # fmt: skip
    assert found.sizes == {"train": 20, "val": 4}
    assert recognise(tmp_path).data["source"] == str(tmp_path)


def test_label_first_and_chinese(tmp_path: Path) -> None:
    rows = [
        {"label": n % 2, "review": f"房间很大，{'很好' * (n % 3)}整体感觉经济实惠不错 {n}"} for n in range(20)
    ]
    found = recognise(tiny.table(tmp_path / "a.csv", rows))
    assert (found.data["text"], found.data["label"], found.kind.name) == ("review", "label", "single-label")


def test_several_labels_with_names(tmp_path: Path) -> None:
    cells = ["0", "1", "2", "0,1", "1,2", "0,2", "0,1,2", "2"]
    rows = [{"text": f"some words of text {n}", "label": cells[n % 8], "id": f"x{n}"} for n in range(40)]
    path = tiny.table(tmp_path / "a.tsv", rows, header=False)
    (tmp_path / "labels.txt").write_text("joy\nfear\nlove\n")
    found = recognise(path)
    assert (found.kind.name, found.data["label_separator"]) == ("multi-label", ",")
    assert found.data["columns"] == ["text", "label", "column_3"]
    assert found.classes == ("joy", "fear", "love")


@pytest.mark.parametrize("make", [tiny.jsonl, tiny.parquet])
def test_pairs_with_a_score(tmp_path: Path, make: Any) -> None:
    rows = [
        {"sentence1": f"a man walks {n}", "sentence2": f"a man runs {n}", "score": n / 4} for n in range(24)
    ]
    found = recognise(make(tmp_path / f"a.{make.__name__}", rows))
    assert (found.modality.name, found.kind.wanted) == ("text", "number")
    assert {role: found.data[role] for role in ("text", "text_pair", "label")} == {
        "text": "sentence1", "text_pair": "sentence2", "label": "score",
    }  # fmt: skip


def test_images_of_a_table(tmp_path: Path) -> None:
    found = recognise(tiny.image_table(tmp_path / "a.csv"))
    assert (found.modality.name, found.data["image"], found.data["label"]) == ("image", "image", "label")


def test_sounds_whose_names_tell_something(tmp_path: Path) -> None:
    found = recognise(sounds.named_files(tmp_path))
    pattern = "{label}_{part2}_{part3}.wav"
    assert found.data == {"source": str(tmp_path), "pattern": pattern}
    assert (found.modality.name, found.kind.wanted, found.classes) == ("audio", "category", ("0", "1"))
    assert found.warnings[-1] == f"{pattern} is a guess of what file names tell: put label where it belongs"
    sounds.sound(tmp_path / "another.wav")
    with pytest.raises(DataError, match="no class folders"):
        recognise(tmp_path)


@pytest.mark.parametrize("header", [True, False])
def test_sounds_and_what_is_said(tmp_path: Path, header: bool) -> None:
    sounds.named_files(tmp_path / "clips")
    files = sorted((tmp_path / "clips").iterdir())
    rows = [{"file": f"clips/{file.name}", "words": f"take {n}", "age": "30"} for n, file in enumerate(files)]
    found = recognise(tiny.table(tmp_path / "a.csv", rows, header=header))
    assert (found.modality.name, found.kind.wanted, found.kind.name) == ("audio", "transcript", "transcript")
    assert (found.data["audio"], found.data["target"]) == (
        ("file", "words") if header else ("audio", "target")
    )
    assert sum(found.sizes.values()) == 16


def test_another_separator_and_loose_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f'{n % 2}\t"so" he said number {n}\n' for n in range(10)))
    found = recognise(path)
    assert (found.data["delimiter"], found.data["quoting"], found.data["columns"]) == (
        "\t",
        False,
        ["label", "text"],
    )


def test_mistakes_in_the_data_are_warnings(tmp_path: Path) -> None:
    rows = [*tiny.reviews(20), {"text": "without a label", "label": ""}]
    found = recognise(tiny.table(tmp_path / "a.csv", rows))
    assert found.data["label"] == "label"
    assert "a.csv:22: the label in column 'label' is empty" in found.warnings[0]


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
