"""Tagged words, recognised."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.discovery.recognise import recognise
from tests.tiny import data as tiny
from tests.tiny.tags import conll, tagged


@pytest.mark.parametrize("name", ["a.bio", "a.txt", "a.tsv"])
def test_look_knows_words_in_columns(tmp_path: Path, name: str) -> None:
    found = recognise(conll(tmp_path / name, tagged(12)))
    assert (found.kind.wanted, found.kind.name, dict(found.data)) == (
        "tags",
        "tags",
        {"train": str(tmp_path / name)},
    )
    assert found.sizes == {"train": 10, "val": 2}


def test_look_takes_no_table_for_words(tmp_path: Path) -> None:
    rows = [{"text": f"some words of text {n}", "label": "OI"[n % 2]} for n in range(40)]
    assert recognise(tiny.table(tmp_path / "a.tsv", rows, header=False)).kind.wanted == "category"


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t")])
def test_look_knows_a_word_a_row(tmp_path: Path, name: str, mark: str) -> None:
    rows = [
        "Sentence #,Word,POS,Tag",
        *(f"{'' if n % 2 else n},w{n},X,{'B-x' if n % 2 else 'O'}" for n in range(20)),
    ]
    path = tmp_path / name
    path.write_text("\n".join(rows).replace(",", mark))
    found = recognise(path)
    keys = {"train": str(path), "sentence": "Sentence #", "text": "Word", "label": "Tag"}
    assert found.data == (keys | {"delimiter": ";"} if mark == ";" else keys)
    assert (found.kind.wanted, found.sizes) == ("tags", {"train": 8, "val": 2})


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
def test_lists_that_are_written_as_text(tmp_path: Path, name: str) -> None:
    row = {"tokens": str(["EU", "rejects"]), "ner_tags": str(["B-ORG", "O"])}
    make = tiny.jsonl if name.endswith("jsonl") else tiny.table
    path = make(tmp_path / name, [row] * 5)
    found = recognise(path)
    assert dict(found.data) == {"train": str(path), "text": "tokens", "label": "ner_tags"}
    assert found.classes == ("B-ORG", "I-ORG", "O")
