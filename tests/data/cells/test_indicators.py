"""Columns of 0 and 1."""

from __future__ import annotations

import pytest

from ftcli.data.cells.indicators import Indicators, indicated, mark_of


def test_the_columns_that_have_one() -> None:
    cells = {"a": "1", "b": " 0", "c": 1.0, "d": False, "e": "True", "f": "0.0", "g": 1, "h": "1.0"}
    assert indicated(Indicators(cells)) == ("a", "c", "e", "g", "h")


@pytest.mark.parametrize(
    ("cell", "words"),
    [("-1", "'-1'"), (0.5, "0.5"), (2, "2")],
)
def test_other_cells_are_named(cell: object, words: str) -> None:
    with pytest.raises(ValueError, match=f"^column 'a' is {words}: 0 or 1 is wanted"):
        indicated(Indicators({"a": cell, "b": 1}))
    assert mark_of(cell) is None


def test_empty_cells() -> None:
    cells = Indicators({"a": "", "b": None, "c": float("nan"), "d": 1, "e": 0})
    assert cells.empty() == ["a", "b", "c"]
    assert indicated(cells) == ("d",)
