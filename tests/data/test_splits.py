"""Splits, classes, columns and the messages for what is wrong with them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Target
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.data.splits import open_split, open_splits
from ftcli.errors import ConfigError, DataError
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny


def test_empty_texts_are_kept_and_counted(tmp_path: Path) -> None:
    rows = [*tiny.reviews(), {"text": " ", "label": "bad"}]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", rows)), val=0.0))
    assert len(splits.train) == 9
    assert any("1 text is empty and is kept" in note for note in splits.notes)


def test_messages_begin_with_the_place(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "reviews.csv", tiny.reviews())
    places = {"data": "x.yaml:2", "data.label": "x.yaml:4"}
    message = mistake(Data(train=str(path), label="labl"), places=places)
    assert (
        message
        == f"x.yaml:4: data.label: {path} has no column 'labl'. Did you mean 'label'? It has: text, label"
    )
    message = mistake(Data(train=str(tmp_path / "review.csv")), places=places)
    assert message.startswith(
        f"x.yaml:2: data.train: no such file or folder: {tmp_path / 'review.csv'}. Did you mean"
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"text": "a", "label": "x"}, {"text": "b", "label": "x"}], "only one class, 'x'"),
        ([{"text": "a", "class": "x", "target": "y"}], "has the columns class, target: say which one"),
        ([{"one": "a", "two": "x", "three": "y"}], "If it has no header line, name its columns"),
        ([{"text,label": "a"}], "If ',' separates its columns, write delimiter: \",\""),
        ([{"text": "a", "label": "x"}][:1], "only one class"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, rows: list[dict[str, str]], words: str) -> None:
    assert words in mistake(Data(train=str(tiny.table(tmp_path / "a.tsv", rows))))


def test_evaluating_other_data(tmp_path: Path) -> None:
    data = Data(train=str(tiny.table(tmp_path / "a.csv", tiny.reviews())), text="text")
    target = opened(data).target
    other = tiny.table(tmp_path / "b.csv", tiny.reviews(2))
    options: dict[str, Any] = {"inputs": (TEXT,), "wants": "category", "target": target, "places": {}}
    split = open_split(data, str(other), **options)
    assert list(split.targets()) == ["good", "bad"]
    tiny.table(other, [{"text": "x", "label": "fair"}])
    with pytest.raises(DataError, match="labels that the training split does not have: 'fair'"):
        open_split(data, str(other), **options)
    with pytest.raises(DataError, match=r"^--data: no such file or folder"):
        open_split(data, str(tmp_path / "c.csv"), **options)


@pytest.mark.parametrize("make", [tiny.table, tiny.jsonl, tiny.parquet])
def test_splits_travel_to_other_processes(tmp_path: Path, make: Any) -> None:
    ending = {"table": "csv"}.get(make.__name__, make.__name__)
    splits = opened(Data(train=str(make(tmp_path / f"a.{ending}", tiny.reviews()))))
    before = [splits.train[index] for index in range(len(splits.train))]
    travelled = pickle.loads(pickle.dumps(splits.train))
    assert [travelled[index] for index in range(len(travelled))] == before
    assert list(travelled.targets()) == [example.target for example in before]


def test_a_table_needs_no_label_where_nothing_is_labelled(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", [{"text": f"text {index}", "n": str(index)} for index in range(6)])
    splits = opened(Data(train=str(path), val=0.5), wants="none")
    assert splits.target == Target("none", examples=3)
    assert (splits.train[0].target, list(splits.train[0].inputs)) == (None, ["text"])
    words = mistake(Data(train=str(path), label="label"), wants="none")
    assert "data.label: is for classes, numbers and tags, and this task learns without labels" in words


def test_an_example_may_hold_an_image_and_a_text(tmp_path: Path) -> None:
    tiny.image(tmp_path / "a.png")
    path = tiny.table(
        tmp_path / "a.csv",
        [{"image": "a.png", "caption": "a square", "label": label} for label in "xyxyxyxy"],
    )
    both: dict[str, Any] = {"inputs": (IMAGE, TEXT), "wants": "category", "seed": 0, "places": {}}
    splits = open_splits(Data(train=str(path), val=0.5, image_size=8, max_length=4, text="caption"), **both)
    assert set(splits.train[0].inputs) == {"image", "text"}
    with pytest.raises(ConfigError, match=r"data.audio: is for sounds, and this task reads images and texts"):
        open_splits(Data(train=str(path), audio="x"), **both)


def test_what_systems_leave_behind_is_ignored(tmp_path: Path) -> None:
    """Hidden files and folders, and those of macOS and Jupyter."""
    tiny.class_folders(tmp_path)
    for folder in (".ipynb_checkpoints", "__MACOSX", "red/.ipynb_checkpoints"):
        tiny.image(tmp_path / folder / "red" / "0.png")
    for file in (".DS_Store", "red/._0.png", "red/Thumbs.db"):
        (tmp_path / file).write_bytes(b"\0")
    splits = opened(Data(source=str(tmp_path), val=0.0), "image")
    assert (len(splits.train), splits.target.classes) == (8, ("blue", "red"))
    hidden = "3 images hidden or kept by a system, so not read: .ipynb_checkpoints (2), __MACOSX (1)"
    assert [note for note in splits.notes if "read" in note] == [f"{tmp_path}: {hidden}"]
