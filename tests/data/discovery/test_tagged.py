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
