"""Cells of delimited tables, in which a spreadsheet computes nothing."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ftcli.runs.outcomes.cells import cell, inert, inert_row, write_csv


@pytest.mark.parametrize(
    "text", ["=1+1", " =1+1", "@SUM(A1)", "-2+cmd|' /C calc'!A0", "+f(1)", "\t=1", "\n=1"]
)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("value", ["- Yes.", "-1.5", "+49 30", "a=b", "", -2, 0.5, None, "'=1"])
def test_everything_else_is_as_it_is(value: Any) -> None:
    assert inert(value) == value


def test_lists_are_one_cell_and_nothing_is_empty() -> None:
    assert cell(("a", "b")) == "a|b"
    assert cell(None) == ""
    assert inert_row({"=a": ["=b", "c"]}) == {"'=a": "'=b|c"}


def test_what_is_written_is_read_again() -> None:
    rows: list[dict[str, str | None]] = [
        {"id": 'a "b",\r\nc', "label": "\r"},
        {"id": "\x1b[31m", "label": None},
    ]
    text = io.StringIO()
    write_csv(text, rows)
    read = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    assert read == [{"id": 'a "b",\r\nc', "label": "\r"}, {"id": "\x1b[31m", "label": ""}]
