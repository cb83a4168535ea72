"""Formats: what they read, and what they say of broken files."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.digits import digits
from ftcli.data.sources.folder import ClassFolders, split_folders
from ftcli.data.sources.jsonl import JsonLines
from ftcli.data.sources.parquet import Parquet
from ftcli.data.sources.table import Dialect, Table
from ftcli.data.splits import open_splits
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from tests.tiny import data as tiny

ROLES = Roles(text="text", label="label")
SINGLE = Reading(KINDS["single-label"])


def table(
    path: Path, content: str | bytes, form: Dialect | None = None, header: tuple[str, ...] | None = None
) -> Table:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Table(path, form or Dialect(), header)


def texts(opened: Opened) -> list[str]:
    return [opened.rows.inputs(index)["text"] for index in range(len(opened.rows))]


def test_quoted_cells_may_hold_anything(tmp_path: Path) -> None:
    content = '\ufefftext,label\r\n"a, ""b""\r\nc",x\r\n\r\nälter,y\r\n"' + "w" * 200_000 + '",x'
    opened = table(tmp_path / "a.csv", content).open(ROLES, SINGLE)
    assert texts(opened) == ['a, "b"\r\nc', "älter", "w" * 200_000]
    assert list(opened.labels) == ["x", "y", "x"]
    assert [opened.rows.place(index).rsplit(":", 1)[1] for index in range(3)] == ["2", "5", "6"]
    assert [opened.rows.id(index) for index in range(3)] == ["1", "2", "3"]


def test_a_table_without_header(tmp_path: Path) -> None:
    opened = table(tmp_path / "a.tsv", "\ufeffone\tx\ntwo\ty\n", Dialect("\t"), ("text", "label")).open(
        ROLES, SINGLE
    )
    assert texts(opened) == ["one", "two"]


def test_quotes_may_be_ordinary(tmp_path: Path) -> None:
    content = 'text\tlabel\n"hello" he said\tx\n'
    with pytest.raises(DataError, match=r"a.tsv:2: .* write quoting: false"):
        table(tmp_path / "a.tsv", content, Dialect("\t")).open(ROLES, SINGLE)
    opened = table(tmp_path / "a.tsv", content, Dialect("\t", quoting=False)).open(ROLES, SINGLE)
    assert texts(opened) == ['"hello" he said']


def test_columns_at_the_end_may_be_left_out_when_nobody_asks_for_them(tmp_path: Path) -> None:
    names = ("text", "label", "more")
    opened = table(tmp_path / "a.tsv", "one\tx\ntwo\ty\tz\n", Dialect("\t"), names).open(ROLES, SINGLE)
    assert texts(opened) == ["one", "two"]
    assert "1 rows leave out unused columns" in opened.notes[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\na,x,1\n", "a.csv:2: this row has 3 columns, where the first line has 2"),
        ("text,label\na,x\nb\n", "a.csv:3: this row has 1 columns"),
        ('text,label\na,x\n"b,x\n', "a.csv:3: .*unexpected end of data"),
        (b"text,label\nm\xe4\xdf,x\n", "a.csv:2: the text is not UTF-8 .byte 0xe4 at character 2"),
        ("text,label\na,x\n".encode("utf-16"), "a.csv:1: the text looks like UTF-16"),
        ("", "is empty"),
        ("text,label\n", "has no rows"),
        ("text,text\na,b\n", "more than one column is called 'text'"),
    ],
)
def test_broken_tables(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        broken = table(tmp_path / "a.csv", content)
        broken.columns()
        broken.open(ROLES, SINGLE)


def test_a_table_that_changes_is_noticed(tmp_path: Path) -> None:
    opened = table(tmp_path / "a.csv", "text,label\na,x\n").open(ROLES, SINGLE)
    (tmp_path / "a.csv").write_text("text,label\nlonger,x\n")
    with pytest.raises(DataError, match="was changed"):
        opened.rows.inputs(0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"text": "a", "label": 1}\n{"text": "b"}\n', "a.jsonl:2: no key 'label'; it has: text"),
        ('{"text": "a", "label": 1}\n{oops\n', "a.jsonl:2: not JSON"),
        ('[{"text": "a"},\n{}]', "a.jsonl:1: not JSON.*one whole object on each line"),
        ('["a"]\n', "a.jsonl:1: a JSON list"),
        ('{"text": "a", "label": null}\n', "a.jsonl:1: the label in column 'label' is missing"),
        ('{"text": "a", "label": {"b": 1}}\n', "which is not one label"),
        ('{"text": ["a"], "label": 1}\n', "the text in column 'text' is a list"),
        ("\n\n", "is empty"),
    ],
)
def test_broken_json_lines(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(DataError, match=words):
        lines = JsonLines(tmp_path / "a.jsonl", tmp_path)
        lines.columns()
        lines.open(ROLES, SINGLE)


def test_json_lines_and_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('\n{"text": "a", "label": 1.0}\n\n{"text": null, "label": true}\n')
    opened = JsonLines(tmp_path / "a.jsonl", tmp_path).open(ROLES, SINGLE)
    assert texts(opened) == ["a", ""]
    assert list(opened.labels) == ["1", "true"]
    assert opened.rows.place(1).endswith("a.jsonl:4")


def test_parquet_is_read_from_a_temporary_file_that_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("ftcli.data.sources.parquet._BATCH", 3)
    path = tiny.parquet(tmp_path / "a.parquet", tiny.reviews(8))
    opened = Parquet(path, tmp_path).open(ROLES, SINGLE)
    assert texts(opened) == [row["text"] for row in tiny.reviews(8)]
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    del opened
    gc.collect()
    assert not list((tmp_path / "temporary").iterdir())


def test_what_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(DataError, match="is not a Parquet file"):
        Parquet(tmp_path / "a.parquet", tmp_path).columns()


@pytest.mark.parametrize("wrap", [bytes, lambda image: {"bytes": image, "path": None}])
def test_parquet_may_hold_images(tmp_path: Path, wrap: Any) -> None:
    image = tiny.image(tmp_path / "a.png").read_bytes()
    path = tiny.parquet(tmp_path / "a.parquet", [{"image": wrap(image), "label": "x"}])
    opened = Parquet(path, tmp_path).open(Roles(image="image", label="label"), SINGLE)
    assert opened.rows.inputs(0) == {"image": image}


def test_images_of_a_table_must_exist(tmp_path: Path) -> None:
    path = tiny.image_table(tmp_path / "a.csv")
    splits = open_splits(Data(train=str(path)), inputs=(IMAGE,), wants="category", seed=0, places={})
    assert splits.train[0].inputs["image"].is_file()
    for file in (tmp_path / "images" / "red").iterdir():
        file.unlink()
    with pytest.raises(
        DataError,
        match=r"4 of the 8 images in .*a.csv cannot be used.*\n.*a.csv:6: images/red/0.png does not exist",
    ):
        open_splits(Data(train=str(path)), inputs=(IMAGE,), wants="category", seed=0, places={})


def test_root_moves_the_images_of_a_table(tmp_path: Path) -> None:
    path = tiny.image_table(tmp_path / "a.csv")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "images").rename(tmp_path / "elsewhere" / "images")
    data = Data(train=str(path), root=str(tmp_path / "elsewhere"))
    assert len(open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={}).train) == 6
    with pytest.raises(DataError, match=r"data\.root: no such file or folder"):
        open_splits(
            Data(train=str(path), root="nowhere"), inputs=(IMAGE,), wants="category", seed=0, places={}
        )


def test_class_folders(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path)
    tiny.image(tmp_path / "red" / "more" / "deep.JPG")
    for ignored in (".ipynb_checkpoints/a.png", "__MACOSX/red/a.png", "red/.hidden.png"):
        tiny.image(tmp_path / ignored)
    (tmp_path / "red" / "notes.txt").write_text("x")
    opened = ClassFolders(tmp_path).open(Roles(), SINGLE)
    assert [opened.rows.id(index) for index in range(len(opened.rows))][4:] == [
        "red/0.png", "red/1.png", "red/2.png", "red/3.png", "red/more/deep.JPG",
    ]  # fmt: skip
    assert list(opened.labels) == ["blue"] * 4 + ["red"] * 5
    assert opened.notes == (f"{tmp_path}: files that are not images were not read: .txt (1)",)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("yellow/a.txt", "no images in the class folder 'yellow'"),
        ("stray.png", "1 images beside its class folders"),
    ],
)
def test_broken_class_folders(tmp_path: Path, extra: str, words: str) -> None:
    tiny.class_folders(tmp_path)
    tiny.image(tmp_path / extra) if extra.endswith("png") else (tmp_path / "yellow").mkdir()
    with pytest.raises(DataError, match=words):
        ClassFolders(tmp_path).open(Roles(), SINGLE)


def test_no_class_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no class folders"):
        ClassFolders(tmp_path).open(Roles(), SINGLE)
    tiny.image(tmp_path / "a.png")
    with pytest.raises(DataError, match="has 1 images but no class folders"):
        ClassFolders(tmp_path).open(Roles(), SINGLE)


def test_split_folders(tmp_path: Path) -> None:
    tiny.split_folders(tmp_path, {"train": 2, "Valid": 1, "testing": 1, "spare": 1})
    assert split_folders(tmp_path) == {"train": "train", "val": "Valid", "test": "testing"}
    (tmp_path / "Valid" / "empty").mkdir()
    splits = open_splits(Data(source=str(tmp_path)), inputs=(IMAGE,), wants="category", seed=0, places={})
    assert splits.val is not None
    assert splits.test is not None
    assert (len(splits.train), len(splits.val), len(splits.test)) == (4, 2, 2)
    assert any("not a split, so not read: spare" in note for note in splits.notes)
    assert any("no images in the class folder 'empty'" in note for note in splits.notes)


def test_a_folder_for_a_text_task(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds images, and this task reads texts"):
        open_splits(
            Data(source=str(tiny.class_folders(tmp_path))),
            inputs=(TEXT,),
            wants="category",
            seed=0,
            places={},
        )


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    images: list[Any] = []
    for name in ("train", "test"):
        opened = digits(Data()).split(name).open(Roles(), SINGLE)
        images += [opened.rows.inputs(index)["image"] for index in range(len(opened.rows))]
        counts = np.bincount([int(str(label)) for label in opened.labels])
        assert counts.min() > 80  # a half of each digit
    assert len(images) == 1797
    assert {image.tobytes() for image in images} == {
        np.round(image * (255 / 16)).astype(np.uint8).tobytes() for image in load_digits().images
    }


def test_digits_by_name_and_few() -> None:
    data = Data(source="digits", classes=tuple("56789"), per_class=10)
    splits = open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={})
    assert splits.target.counts == (10,) * 5
    image = splits.train[0].inputs["image"]
    assert (image.shape, image.dtype, int(image.max())) == ((8, 8), np.uint8, 255)
