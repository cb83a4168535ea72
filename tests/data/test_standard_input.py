"""Standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Split
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.tiny import data as tiny

Pipe = Callable[[str | bytes], None]


def read(split: Split) -> list[tuple[str, Any]]:
    """Ids and texts."""
    return [(split[index].id, split[index].inputs["text"]) for index in range(len(split))]


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


@pytest.mark.parametrize(
    "content", ['{"text": "a"}\n{"text": "b"}\n', ' [{"text": "a"},\n {"text": "b"}]', "text\na\nb\n"]
)
def test_tables_on_standard_input(workplace: Path, piped: Pipe, content: str) -> None:
    piped(content)
    assert read(open_unlabelled((TEXT,), [], "-", Data())) == [("1", "a"), ("2", "b")]
