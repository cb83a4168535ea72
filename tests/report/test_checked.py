"""Values of JSON, and what is not one of the expected type."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.report.checked import count, fields, items, label, number, words


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (0.5, 0.5),
        (True, None),
        ("1", None),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ([1], None),
    ],
)
def test_a_number_is_finite(value: Any, expected: float | None) -> None:
    assert number(value) == expected


def test_other_types() -> None:
    assert (count(3), count(-1), count(2.0), count(True)) == (3, None, None, None)
    assert (words("x"), words(3), len(words("x" * 9999) or "")) == ("x", None, 2003)
    assert (fields([1]), items({"a": 1}), fields({"a": 1}), items([1])) == ({}, (), {"a": 1}, [1])


def test_a_label_is_a_text_a_number_or_several() -> None:
    assert label("cat") == "cat"
    assert label(2.5) == 2.5
    assert label(["a", 1, [None]]) == ("a", 1, (None,))
    assert label({"a": 1}) == "{'a': 1}"
    assert label(float("nan")) == "nan"
