"""Random access to the records of a text file."""

from __future__ import annotations

import gzip
import pickle
from array import array
from pathlib import Path

import pytest

from ftcli.data.sources import records as module
from ftcli.data.sources.records import Lines, Records, ending
from ftcli.errors import DataError

TEXT = "\ufeffone\ntwö\n\nfour"


def records(path: Path) -> Records:
    offsets = array("q", [0])
    with Lines(path) as lines:
        for _ in lines:
            offsets.append(lines.end)
    return Records(path, offsets)


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_records_are_read_by_position(tmp_path: Path, name: str) -> None:
    content = TEXT.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    found = records(tmp_path / name)
    for one in (found, pickle.loads(pickle.dumps(found))):
        assert [one.read(index) for index in (3, 0, 1)] == ["four", "one\n", "twö\n"]
        assert one.line(3) == 4
    assert ending(tmp_path / name) == ".txt"


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_lines_that_end_in_carriage_returns(tmp_path: Path, name: str) -> None:
    lines = [f"{number} {'x' * (number % 700)}\r" for number in range(1000)]
    content = "".join([*lines, "end"]).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    found = records(tmp_path / name)
    assert [found.read(index) for index in range(len(found))] == [*lines, "end"]
    assert found.line(1000) == 1001


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"one\n\xff\n", "a.txt:2: the text is not UTF-8"),
        ("one".encode("utf-16"), "a.txt:1: the text looks like UTF-16"),
        (b"one\ntw\0o\n", "a.txt:2: byte 0x00 at character 3"),
    ],
)
def test_what_is_not_text_is_named_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(DataError) as caught, Lines(tmp_path / "a.txt") as lines:
        list(lines)
    assert words in str(caught.value)


def test_a_packed_file_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 1000)
    monkeypatch.setattr(module, "RATIO", 1)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"a\n" * 1000))
    with pytest.raises(DataError, match="unpacks to more than"), Lines(tmp_path / "a.txt.gz") as lines:
        list(lines)
    with pytest.raises(DataError, match="unpacks to more than"):
        Records(tmp_path / "a.txt.gz", array("q", [0, 1]))
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"a\n")[:-4])
    with pytest.raises(DataError, match="is not a complete gzip file"), Lines(tmp_path / "b.txt.gz") as lines:
        list(lines)
