"""What there is to predict."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Split
from ftcli.contracts.modalities import IMAGE, MODALITIES, TEXT
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.tiny import data as tiny

Pipe = Callable[[str | bytes], None]


def read(split: Split) -> list[tuple[str, Any]]:
    """Ids and texts."""
    return [(split[index].id, split[index].inputs["text"]) for index in range(len(split))]


def test_images_and_folders_of_images(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path / "some", per_class=1)
    one = tiny.image(tmp_path / "a.png")
    split = open_unlabelled((IMAGE,), [one, tmp_path / "some"], None, Data())
    assert [split[index].id for index in range(len(split))] == [
        str(tmp_path / name) for name in ("a.png", "some/blue/0.png", "some/red/0.png")
    ]
    assert (split[0].inputs, split[0].target) == ({"image": one}, None)


def test_texts_and_text_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("from a file\n")
    split = open_unlabelled((TEXT,), [tmp_path / "a.txt", "and / or: good // film"], None, Data())
    assert [split[index].inputs["text"] for index in range(2)] == ["from a file\n", "and / or: good // film"]
    assert split[1].id == "and / or: good // film"


def test_a_table_needs_no_label(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", [{"review": "one"}, {"review": "two"}])
    split = open_unlabelled((TEXT,), [], path, Data(train="b.csv", text="review", label="gone"))
    assert [(split[i].id, split[i].inputs["text"], split[i].target) for i in range(2)] == [
        ("1", "one", None), ("2", "two", None),
    ]  # fmt: skip
    with pytest.raises(DataError, match=r"data.text: .*a.csv has no column 'text'"):
        open_unlabelled((TEXT,), [], path, Data(text="text"))


def test_a_table_of_images(tmp_path: Path) -> None:
    path = tiny.image_table(tmp_path / "a.csv")
    split = open_unlabelled((IMAGE,), [], path, Data(image="image", root="gone since"))
    assert split[0].inputs["image"] == tmp_path / "images/blue/0.png"


def test_what_does_not_exist(tmp_path: Path) -> None:
    for modality, name in (("image", "a.png"), ("text", "a.txt")):
        with pytest.raises(DataError, match="no such file or folder"):
            open_unlabelled((MODALITIES[modality],), [tmp_path / name], None, Data())
    with pytest.raises(DataError, match="--input: no such file"):
        open_unlabelled((TEXT,), [], tmp_path / "a.csv", Data())
    with pytest.raises(DataError, match="nothing to predict"):
        open_unlabelled((IMAGE,), [], None, Data())
    with pytest.raises(DataError, match="not both"):
        open_unlabelled((TEXT,), ["a"], tmp_path / "a.csv", Data())
    with pytest.raises(DataError, match="pairs of texts"):
        open_unlabelled((TEXT,), ["a"], None, Data(text_pair="b"))


@pytest.mark.parametrize("header", [True, False])
def test_a_new_table_may_name_its_columns_where_the_training_table_did_not(
    tmp_path: Path, header: bool
) -> None:
    rows = [{"text": "a dull mess", "label": "x"}, {"text": "a joy", "label": "y"}]
    path = tiny.table(tmp_path / "new.tsv", rows, header=header)
    split = open_unlabelled((TEXT,), [], path, Data(columns=("text", "label")))
    assert [split[index].inputs["text"] for index in range(len(split))] == ["a dull mess", "a joy"]


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


def test_texts_on_standard_input(workplace: Path, piped: Pipe) -> None:
    """Every line is one, whatever it is called."""
    (workplace / "good").write_text("from a file")
    piped("good\n\na.csv\r\n-\nlast")
    lines = ["good", "", "a.csv", "-", "last"]
    split = open_unlabelled((TEXT,), ["first", "-", "good"], None, Data())
    assert read(split) == [("first", "first"), *zip(lines, lines, strict=True), ("good", "from a file")]


def test_paths_on_standard_input(workplace: Path, piped: Pipe) -> None:
    tiny.class_folders(workplace / "some", per_class=1)
    tiny.image(workplace / "a.png")
    piped("some/red/0.png\na.png\nsome\n")
    split = open_unlabelled((IMAGE,), ["-"], None, Data())
    assert [split[index].id for index in range(len(split))] == [
        "some/red/0.png", "a.png", "some/blue/0.png", "some/red/0.png",
    ]  # fmt: skip
    piped("a.png\n\n")
    with pytest.raises(DataError, match="standard input:2: the line is empty"):
        open_unlabelled((IMAGE,), ["-"], None, Data())
    piped("gone.png\n")
    with pytest.raises(DataError, match=r"no such file or folder: .*gone.png"):
        open_unlabelled((IMAGE,), ["-"], None, Data())


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"", "standard input is empty"),
        (b"a\n\xff\n", "standard input:2: the text is not UTF-8"),
        ("a\n".encode("utf-16"), "standard input:1: the text looks like UTF-16"),
        (b"a\0b\n", "standard input:1: byte 0x00"),
    ],
)
def test_standard_input_that_is_no_text(piped: Pipe, content: bytes, answer: str) -> None:
    piped(content)
    with pytest.raises(DataError, match=answer):
        open_unlabelled((TEXT,), ["-"], None, Data())


def test_standard_input_is_read_once(piped: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    piped("a\n")
    with pytest.raises(DataError, match="- is given 2 times"):
        open_unlabelled((TEXT,), ["-", "-"], None, Data())
    monkeypatch.setattr(sys, "stdin", None)
    for arguments, table in ((["-"], None), ([], "-")):
        with pytest.raises(DataError, match="standard input, which is closed"):
            open_unlabelled((TEXT,), arguments, table, Data())


@pytest.mark.parametrize(
    "content", ['text,n\none,1\n"two\nlines",2\n', '{"text": "one"}\n{"text": "two\\nlines"}\n']
)
def test_a_table_on_standard_input(workplace: Path, piped: Pipe, content: str) -> None:
    piped(content)
    assert read(open_unlabelled((TEXT,), [], "-", Data())) == [("1", "one"), ("2", "two\nlines")]
    assert list(workplace.iterdir()) == []


def test_a_table_of_images_on_standard_input(workplace: Path, piped: Pipe) -> None:
    """Files are found from the folder in which the command was started."""
    tiny.image(workplace / "a.png")
    piped("image\na.png\n")
    assert open_unlabelled((IMAGE,), [], "-", Data(root="gone"))[0].inputs == {"image": Path("a.png")}
    piped("text\n\xe4,b\n")
    with pytest.raises(DataError, match=r"-standard-input.csv:2: this row has 2 columns"):
        open_unlabelled((TEXT,), [], "-", Data())


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
        with pytest.raises(DataError, match=r"no such file or folder: .*\(1 more are missing\)"):
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
