"""Numbers in two forms."""

from __future__ import annotations

import pytest

from ftcli.data.cells.numerals import is_number, same_numbers, whole


@pytest.mark.parametrize(
    ("name", "wanted"), [("1.0", "1"), ("-2.00", "-2"), ("3.", "3"), ("1.5", "1.5"), ("v1.0", "v1.0")]
)
def test_a_whole_number_has_no_point(name: str, wanted: str) -> None:
    assert whole(name) == wanted


def test_numbers_take_the_known_form() -> None:
    assert same_numbers(["1.0", "2", "3.0", "4"], ["1", "2.0", "5"]) == {"1.0": "1", "2": "2.0"}


def test_other_texts_among_them_change_nothing() -> None:
    assert same_numbers(["1.0"], ["1", "many"]) == {}
    assert same_numbers(["1.0", "v2"], ["1"]) == {}
    assert not is_number("1e3")


def test_a_zero_before_a_number_is_not_left_out() -> None:
    assert same_numbers(["01"], ["1"]) == {}
