"""What a column looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.data.discovery.column_profile import MOST_VALUES
from ftcli.data.discovery.recognise import recognise
from tests.tiny import data as tiny


def test_label_first_and_chinese(tmp_path: Path) -> None:
    rows = [
        {"label": n % 2, "review": f"房间很大，{'很好' * (n % 3)}整体感觉经济实惠不错 {n}"} for n in range(20)
    ]
    found = recognise(tiny.table(tmp_path / "a.csv", rows))
    assert (found.data["text"], found.data["label"], found.kind.name) == ("review", "label", "single-label")


def test_several_labels_with_names(tmp_path: Path) -> None:
    cells = ["0", "1", "2", "0,1", "1,2", "0,2", "0,1,2", "2"]
    rows = [{"text": f"some words of text {n}", "label": cells[n % 8], "id": f"x{n}"} for n in range(40)]
    path = tiny.table(tmp_path / "a.tsv", rows, header=False)
    (tmp_path / "labels.txt").write_text("joy\nfear\nlove\n")
    found = recognise(path)
    assert (found.kind.name, found.data["label_separator"]) == ("multi-label", ",")
    assert found.data["columns"] == ["text", "label", "column_3"]
    assert found.classes == ("joy", "fear", "love")


@pytest.mark.parametrize("make", [tiny.jsonl, tiny.parquet])
def test_pairs_with_a_score(tmp_path: Path, make: Any) -> None:
    rows = [
        {"sentence1": f"a man walks {n}", "sentence2": f"a man runs {n}", "score": n / 4} for n in range(24)
    ]
    found = recognise(make(tmp_path / f"a.{make.__name__}", rows))
    assert (found.modality.name, found.kind.wanted) == ("text", "number")
    assert {role: found.data[role] for role in ("text", "text_pair", "label")} == {
        "text": "sentence1", "text_pair": "sentence2", "label": "score",
    }  # fmt: skip


def test_names_of_many_rows_are_not_classes(tmp_path: Path) -> None:
    """Of which no more are counted than `MOST_VALUES`."""
    rows = [
        {"text": f"some words of text {n}", "mood": "xyz"[n % 3], "comment": f"c{n}"}
        for n in range(2 * MOST_VALUES + 10)
    ]
    assert recognise(tiny.table(tmp_path / "a.csv", rows)).data["label"] == "mood"
