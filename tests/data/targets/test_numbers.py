"""Columns of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import ConfigError, DataError
from tests.tiny import data as tiny


def opened(
    data: Data,
    modality: Any = "text",
    wants: str = "category",
    seed: int = 0,
    places: Mapping[str, str] | None = None,
) -> Splits:
    return open_splits(data, inputs=(MODALITIES[modality],), wants=wants, seed=seed, places=places or {})


def mistake(
    data: Data, modality: Any = "text", wants: str = "category", places: Mapping[str, str] | None = None
) -> str:
    with pytest.raises((DataError, ConfigError)) as caught:
        opened(data, modality, wants, places=places)
    return str(caught.value)


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
