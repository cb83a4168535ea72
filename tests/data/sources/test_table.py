"""Delimited tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.formats.dialect import Dialect
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.table import Table
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError

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
