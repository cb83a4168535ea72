"""Cells by the key that names them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from ftcli.data.cells.indicators import Indicators
from ftcli.data.cells.named import NamePattern, cell_of, columns_of, named_file

CELLS: dict[str, Any] = {"id": 7.0, "folder": "a b", "{id}.png": "x.png", "none": None}


def test_a_name_with_columns_in_braces() -> None:
    name = named_file("{folder}/{id}_{id}.png", ["id", "folder"])
    assert columns_of(name) == ("folder", "id")
    assert cell_of(CELLS, name) == "a b/7_7.png"
    assert cell_of(CELLS, pickle.loads(pickle.dumps(name))) == "a b/7_7.png"


def test_a_column_of_that_name_is_a_column() -> None:
    name = named_file("{id}.png", CELLS)
    assert not isinstance(name, NamePattern)
    assert (columns_of(name), cell_of(CELLS, name)) == (("{id}.png",), "x.png")


@pytest.mark.parametrize("empty", [None, "", " "])
def test_a_pattern_with_an_empty_cell_is_empty(empty: str | None) -> None:
    assert cell_of({"id": empty}, NamePattern("{id}.png")) is None


def test_several_columns() -> None:
    cells = cell_of(CELLS, ("id", "none"))
    assert isinstance(cells, Indicators)
    assert cells == {"id": 7.0, "none": None}
