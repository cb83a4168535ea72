"""The formats in which predictions are written."""

from __future__ import annotations

import csv
import errno
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ftcli.cli import predictions
from ftcli.cli.predictions import check_ending, printable_row, write_whole
from ftcli.errors import UserError
from ftcli.runs.outcomes.cells import inert_row

ROWS: list[dict[str, Any]] = [
    {"id": "=1+1", "label": None, "probability": None, "n": 1},
    {"id": "a\tb\nc", "label": "@anna", "probability": 0.25, "n": 2},
    {"id": "", "label": "", "probability": 1e-06, "n": 3},
    {"id": "\x1b[31m日本\u2028", "label": "x|y", "probability": float("nan"), "n": 4},
]
LISTS: list[dict[str, Any]] = [{"id": "1", "label": ()}, {"id": "2", "label": ("=a", "b|c")}]


def read_delimited(path: Path, delimiter: str) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)


def read_json_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("name", "delimiter"), [("p.csv", ","), ("p.tsv", "\t"), ("P.CSV", ",")])
def test_a_spreadsheet_has_texts_that_it_does_not_compute(name: str, delimiter: str, tmp_path: Path) -> None:
    write_whole(tmp_path / name, map(inert_row, ROWS))
    assert read_delimited(tmp_path / name, delimiter) == [
        {"id": "'=1+1", "label": "", "probability": "", "n": "1"},
        {"id": "a\tb\nc", "label": "'@anna", "probability": "0.25", "n": "2"},
        {"id": "", "label": "", "probability": "1e-06", "n": "3"},
        {"id": "\x1b[31m日本\u2028", "label": "x|y", "probability": "nan", "n": "4"},
    ]
    write_whole(tmp_path / f"lists-{name}", map(inert_row, LISTS))
    assert [row["label"] for row in read_delimited(tmp_path / f"lists-{name}", delimiter)] == ["", "'=a|b|c"]
    write_whole(tmp_path / f"names-{name}", map(inert_row, [{"id": 1, "=a": 0.5}]))
    assert read_delimited(tmp_path / f"names-{name}", delimiter) == [{"id": "1", "'=a": "0.5"}]


@pytest.mark.parametrize(("name", "delimiter"), [("p.csv", ","), ("p.tsv", "\t")])
def test_texts_are_those_of_the_data(name: str, delimiter: str, tmp_path: Path) -> None:
    write_whole(tmp_path / name, ROWS)
    found = read_delimited(tmp_path / name, delimiter)
    assert [row["id"] for row in found] == [row["id"] for row in ROWS]
    assert found[1]["label"] == "@anna"


def test_a_terminal_shows_harmless_characters_as_they_are() -> None:
    shown = {"text": "a\xa0b\u3000c \U0001f468\u200d\U0001f469", "n": 1}
    assert printable_row(shown) == {"text": shown["text"], "n": "1"}
    assert printable_row({"a\x1b": "\u202e\u2028\n\x9b"}) == {"a\\x1b": "\\u202e\\u2028\\n\\x9b"}


def test_only_tables_of_cells_have_formulas() -> None:
    check_ending(Path("p.csv"), spreadsheet=True)
    with pytest.raises(UserError, match=r"--spreadsheet is for \.csv and \.tsv, as \.jsonl has no formulas"):
        check_ending(Path("p.jsonl"), spreadsheet=True)


@pytest.mark.parametrize(("name", "read"), [("p.json", read_json), ("p.jsonl", read_json_lines)])
def test_json_has_what_was_predicted(name: str, read: Any, tmp_path: Path) -> None:
    write_whole(tmp_path / name, ROWS)
    assert read(tmp_path / name) == [*ROWS[:3], {**ROWS[3], "probability": None}]
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "日本" in text
    write_whole(tmp_path / f"lists-{name}", LISTS)
    assert [row["label"] for row in read(tmp_path / f"lists-{name}")] == [[], ["=a", "b|c"]]
    write_whole(tmp_path / f"empty-{name}", [])
    assert read(tmp_path / f"empty-{name}") == []


def test_parquet_has_typed_columns_whatever_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "GROUP", 1)
    path = tmp_path / "p.parquet"
    write_whole(path, ROWS)
    found = pq.read_table(path)
    assert [str(kind) for kind in found.schema.types] == ["string", "string", "double", "int64"]
    assert found.to_pylist()[:3] == ROWS[:3]
    assert pq.ParquetFile(path).num_row_groups == len(ROWS)
    write_whole(tmp_path / "lists.parquet", LISTS)
    assert pq.read_table(tmp_path / "lists.parquet").column("label").to_pylist() == [[], ["=a", "b|c"]]
    write_whole(tmp_path / "empty.parquet", [])
    assert pq.read_table(tmp_path / "empty.parquet").num_rows == 0


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.json", "p.jsonl", "p.parquet"])
def test_rows_are_not_held_in_memory(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a group of them waits for the next ones."""
    monkeypatch.setattr(predictions, "GROUP", 10)
    alive: set[int] = set()
    most = 0

    class Counted(dict[str, Any]):
        def __del__(self) -> None:
            alive.discard(id(self))

    def rows() -> Iterator[Counted]:
        nonlocal most
        for index in range(100):
            row = Counted(id=str(index), label="a")
            alive.add(id(row))
            most = max(most, len(alive))
            yield row

    write_whole(tmp_path / name, rows())
    assert most <= 12


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.json", "p.jsonl", "p.parquet"])
def test_names_that_are_not_utf8_are_escaped(name: str, tmp_path: Path) -> None:
    write_whole(tmp_path / name, [{"id": "caf\udce9.png", "label": "a"}])
    if name == "p.parquet":
        assert pq.read_table(tmp_path / name).column("id").to_pylist() == ["caf\\udce9.png"]
    else:
        assert "caf\\udce9.png" in (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.json", "p.jsonl", "p.parquet"])
def test_a_table_is_there_whole_or_not_at_all(name: str, tmp_path: Path) -> None:
    def rows(error: Exception) -> Iterator[dict[str, Any]]:
        yield {"id": "1"}
        raise error

    with pytest.raises(ValueError, match="a bug"):
        write_whole(tmp_path / name, rows(ValueError("a bug")))
    with pytest.raises(UserError, match=r"is not written: .*No space left on device"):
        write_whole(tmp_path / name, rows(OSError(errno.ENOSPC, "No space left on device")))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_file_is_answered(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"p\.csv cannot be written: Not a directory"):
        write_whole(tmp_path / "file/p.csv", [])


@pytest.mark.parametrize("name", ["p", "p.xlsx", "p.csv.gz", ".csv"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=r"\.csv, \.tsv, \.json, \.jsonl or \.parquet"):
        check_ending(Path(name))


def test_only_parquet_needs_pyarrow(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ftcli.cli.predictions import write_whole\n"
        "for ending in ('csv', 'tsv', 'json', 'jsonl'): write_whole(Path(f'p.{ending}'), [{'id': '1'}])\n"
        "assert 'pyarrow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert len(list(tmp_path.iterdir())) == 4
