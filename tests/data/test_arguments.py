"""What the arguments of predict mean."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Split
from ftcli.contracts.modalities import IMAGE, MODALITIES, TEXT
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.tiny import data as tiny


def read(split: Split) -> list[tuple[str, Any]]:
    """Ids and texts."""
    return [(split[index].id, split[index].inputs["text"]) for index in range(len(split))]


@pytest.mark.parametrize(
    "name", ["new.csv", "new.CSV", "new.csv.gz", "new.tsv", "new.jsonl", "new.parquet", "a b.csv"]
)
def test_a_table_may_be_the_only_argument(tmp_path: Path, name: str) -> None:
    rows = [{"text": "one", "n": "1"}, {"text": "two", "n": "2"}]
    path = tmp_path / name
    if name.endswith(".jsonl"):
        tiny.jsonl(path, rows)
    elif name.endswith(".parquet"):
        tiny.parquet(path, rows)
    else:
        mark = "\t" if ".tsv" in name else ","
        content = f"text{mark}n\none{mark}1\ntwo{mark}2\n".encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert read(open_unlabelled((TEXT,), [path], None, Data())) == [("1", "one"), ("2", "two")]


def test_a_table_of_images_may_be_an_argument(tmp_path: Path) -> None:
    path = tiny.image_table(tmp_path / "a.csv")
    split = open_unlabelled((IMAGE,), [path], None, Data())
    assert (split[0].id, split[0].inputs["image"]) == ("1", tmp_path / "images/blue/0.png")


def test_a_table_comes_alone(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", [{"text": "one"}])
    for others in (["a text"], [path], [""], ["-"]):
        with pytest.raises(DataError, match=r"a\.csv is a table and is predicted alone"):
            open_unlabelled((TEXT,), [*others, path], None, Data())


@pytest.mark.parametrize("modality", ["text", "image", "audio"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv.gz", "a.JSONL", "a.json", "a.parquet"])
def test_a_table_that_does_not_exist_is_not_a_text(tmp_path: Path, modality: str, name: str) -> None:
    with pytest.raises(DataError, match=rf"^no such file or folder: .*{name}"):
        open_unlabelled((MODALITIES[modality],), [tmp_path / name], None, Data())


@pytest.mark.parametrize(
    "text",
    [
        "http://x//a/./b", "", " ", ".hidden", "see the a.csv", "I wrote notes.txt", "a {b,c}", "{b,c}", "*", "what?",
        "~nobody", "~{a,b}", "x" * 5000, "x/" * 3000 + "{a,b}", "two\nlines", "3.5",
    ],
)  # fmt: skip
@pytest.mark.parametrize("wants", ["category", "text", "tags"])
def test_a_text_is_what_was_given(workplace: Path, text: str, wants: str) -> None:
    split = open_unlabelled((TEXT,), [text], None, Data(train="x.{en,de}"), wants)
    assert read(split) == [(text, text)]


def test_what_exists_is_not_a_text(workplace: Path) -> None:
    """Its name would be labelled."""
    (workplace / "letter").write_text("from a file")
    assert read(open_unlabelled((TEXT,), ["letter"], None, Data())) == [("letter", "from a file")]
    (workplace / "folder").mkdir()
    for folder in ("folder", "."):
        with pytest.raises(DataError, match=r"is a folder, and this run reads texts: name its files"):
            open_unlabelled((TEXT,), [folder], None, Data())
    (workplace / "binary").write_bytes(b"\xff\x00")
    with pytest.raises(DataError, match="binary cannot be read as UTF-8 text"):
        open_unlabelled((TEXT,), ["binary"], None, Data())[0]
    os.mkfifo(workplace / "pipe")
    with pytest.raises(DataError, match="pipe is a pipe or a device"):
        open_unlabelled((TEXT,), ["pipe"], None, Data())
    with pytest.raises(DataError, match="this text is not UTF-8"):
        open_unlabelled((TEXT,), ["caf\udce9"], None, Data())


def test_patterns(workplace: Path) -> None:
    for name in ("b.png", "a.png", "in/c.png", "d[1].png", "d1.png"):
        tiny.image(workplace / name)
    for pattern, found in {
        "*.png": ["a.png", "b.png", "d1.png", "d[1].png"],
        "**/c.png": ["in/c.png"],
        "i*": ["in/c.png"],
        "d[1].png": ["d[1].png"],  # a file that is called so
    }.items():
        split = open_unlabelled((IMAGE,), [pattern], None, Data())
        assert [split[index].id for index in range(len(split))] == found
    missing: list[tuple[str, str]] = [("image", "*.jpg"), ("audio", "gone/*"), ("text", "letters/*.txt")]
    for modality, name in missing:
        with pytest.raises(DataError, match="no file or folder matches the pattern"):
            open_unlabelled((MODALITIES[modality],), [name], None, Data())
    with pytest.raises(DataError, match="an argument is empty"):
        open_unlabelled((IMAGE,), ["a.png", ""], None, Data())
    (workplace / "b.txt").write_text("b")
    (workplace / "a.md").write_text("a")
    assert read(open_unlabelled((TEXT,), ["?.[tm]*", "?.txt"], None, Data())) == [
        ("?.[tm]*", "?.[tm]*"),
        ("b.txt", "b"),
    ]


def test_several_missing_files_are_counted(workplace: Path) -> None:
    missing: list[tuple[str, list[str]]] = [
        ("image", ["a.png", "b.png"]),
        ("text", ["a.txt", "b.md", "fine"]),
    ]
    for modality, names in missing:
        with pytest.raises(DataError, match=r"no such file or folder: .*\(1 more is missing\)"):
            open_unlabelled((MODALITIES[modality],), names, None, Data())


def test_files_of_lines_are_tables_where_the_run_has_learned_from_such(workplace: Path) -> None:
    for name in ("new.en", "new.txt", "new.fr"):
        (workplace / name).write_text("a man\n\na dog\n")
    data = Data(train="train.{en,de}")
    lines = [("1", "a man"), ("2", ""), ("3", "a dog")]
    assert read(open_unlabelled((TEXT,), ["new.en"], None, data, "text")) == lines
    assert read(open_unlabelled((TEXT,), ["new.{fr,xy}"], None, data, "text")) == lines
    assert read(open_unlabelled((TEXT,), ["new.txt"], None, data, "text")) == [
        ("new.txt", "a man\n\na dog\n")
    ]
    for name in ("gone.en", "gone.{en,de}"):
        with pytest.raises(DataError, match=r"^no such file or folder: .*gone.en"):
            open_unlabelled((TEXT,), [name], None, data, "text")


def test_tagged_words_are_a_table(tmp_path: Path) -> None:
    path = tmp_path / "new.conll"
    path.write_text("a\tO\nb\tO\n\nc\tO\n")
    assert read(open_unlabelled((TEXT,), [path], None, Data(), "tags")) == [("1", ("a", "b")), ("2", ("c",))]
    assert read(open_unlabelled((TEXT,), [path], None, Data()))[0][1].startswith("a\tO")
