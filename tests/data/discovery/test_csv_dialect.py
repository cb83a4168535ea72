"""Separators, quotes and headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.discovery.csv_dialect import detect_dialect
from ftcli.data.discovery.recognise import recognise
from tests.tiny import data as tiny


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


def test_another_separator_and_loose_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f'{n % 2}\t"so" he said number {n}\n' for n in range(10)))
    found = recognise(path)
    assert (found.data["delimiter"], found.data["quoting"], found.data["columns"]) == (
        "\t",
        False,
        ["label", "text"],
    )


@pytest.mark.parametrize(
    ("first", "named"),
    [
        ("hello friend 0\thallo Freund 0", False),
        ("English text\tGerman text", True),
        ("hello\thallo", True),
    ],
)
def test_pairs_of_texts_without_a_header(tmp_path: Path, first: str, named: bool) -> None:
    rows = [f"hello friend {number}\thallo Freund {number}" for number in range(1, 9)]
    (tmp_path / "a.tsv").write_text("\n".join([first, *rows]))
    assert (detect_dialect(tmp_path / "a.tsv").header is not None) is named
