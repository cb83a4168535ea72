"""The rows of a table as they are looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.data.discovery.table_rows import first_part, table_rows, train_list
from ftcli.errors import DataError
from tests.tiny import data as tiny


def test_what_lies_within_cells_has_columns_of_its_own(tmp_path: Path) -> None:
    path = tiny.jsonl(tmp_path / "a.jsonl", [{"a": {"b": 1}}, {"a": {"c": 2}, "d": [3]}])
    rows, dialect, names = table_rows(path)
    assert (list(rows()), dialect, names) == ([{"a.b": 1}, {"a.c": 2, "d": [3]}], None, ("a.b", "a.c", "d"))
    (tmp_path / "b.jsonl").write_text("")
    with pytest.raises(DataError, match="is empty"):
        table_rows(tmp_path / "b.jsonl")


def test_columns_of_a_table_without_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("".join(f"{n};a film that is number {n};{n % 2}\n" for n in range(9)))
    rows, dialect, names = table_rows(tmp_path / "a.csv")
    assert dialect is not None
    assert (names, next(rows())["column_3"]) == (("column_1", "column_2", "column_3"), "0")


def test_splits_of_a_document_and_parts_of_a_folder(tmp_path: Path) -> None:
    rows = [{"a": 1}]
    (tmp_path / "a.json").write_text(json.dumps({"training": rows, "dev": rows}))
    assert train_list(tmp_path / "a.json") == "training"
    assert first_part(tmp_path) is None
    (tmp_path / "data").mkdir()
    for number in (0, 1):
        tiny.jsonl(tmp_path / f"data/train-0000{number}-of-00002.jsonl", rows)
    assert first_part(tmp_path) == tmp_path / "data/train-00000-of-00002.jsonl"
