"""Figures in the words of a line."""

from __future__ import annotations

import pytest

from ftcli.cli.figures import shown_figure, shown_number, size


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.8625, "0.8625"),
        (0.0, "0.0000"),
        (-12.5, "-12.5000"),
        (1.23456e-5, "1.235e-05"),
        (123456.0, "1.235e+05"),
    ],
)
def test_a_number_has_four_decimals_or_digits(value: float, shown: str) -> None:
    assert shown_number(value) == shown


def test_an_interval_stands_behind_its_figure() -> None:
    assert shown_figure(0.8625, 0.77041, 0.92129) == "0.8625 (0.77 to 0.921)"
    assert shown_figure(0.8625, None, None) == "0.8625"
    assert shown_figure(None, None, None) == ""


@pytest.mark.parametrize(
    ("count", "shown"), [(1_440_000, "1.4 MB"), (12_300_000, "12 MB"), (1_250_000_000, "1.25 GB")]
)
def test_a_size_has_two_or_three_digits(count: int, shown: str) -> None:
    assert size(count) == shown
