"""Columns of numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny


def test_numbers(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", tiny.quantities())
    splits = opened(Data(train=str(path), val=0.25), wants="number")
    assert (splits.target.kind, splits.target.outputs) == ("number", 1)
    assert splits.train[0].target in [number / 2 for number in range(8)]


@pytest.mark.parametrize("cell", ["many", "nan", "inf", "", "1_0", "1,5"])
def test_what_is_no_number_is_named_with_its_line(tmp_path: Path, cell: str) -> None:
    rows = tiny.quantities()
    rows[2]["score"] = cell
    assert "a.csv:4: the label in column 'score' is " in mistake(
        Data(train=str(tiny.table(tmp_path / "a.csv", rows))), wants="number"
    )
