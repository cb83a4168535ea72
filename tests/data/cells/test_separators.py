"""Several labels in one cell."""

from __future__ import annotations

import pytest

from ftcli.data.cells.separators import separator_of


@pytest.mark.parametrize("mark", "|;,#/+&")
def test_parts_that_are_labels_too(mark: str) -> None:
    assert separator_of(["good", "bad", f"good{mark} hotel", f"bad{mark}hotel"]) == mark


@pytest.mark.parametrize(
    "labels",
    [
        ["good", "bad"],
        ["Paris, France", "London, England", "Rome, Italy"],
        ["Paris", "London", "Paris, France", "London, England"],
        ["fruit", "fruit, dried", "nuts and seeds", "meat, fish and eggs"],
        ["R&D", "Sales", "Sales & Marketing", "HR"],
        ["a|b"],
    ],
)
def test_labels_that_only_hold_a_mark(labels: list[str]) -> None:
    assert separator_of(labels) is None
