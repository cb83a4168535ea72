"""Times and sizes of options."""

from __future__ import annotations

import pytest

from ftcli.cli.studies.quantities import seconds, size
from ftcli.errors import UserError


@pytest.mark.parametrize(
    ("text", "value"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("20ms", 0.02), ("1.5 h", 5400), ("2min", 120)],
)
def test_times(text: str, value: float) -> None:
    assert seconds(text, "--time") == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value"), [("4GiB", 2**32), ("500MB", 5e8), ("512b", 512), ("1g", 10**9), ("0.5 GiB", 2**29)]
)
def test_sizes(text: str, value: float) -> None:
    assert size(text, "--memory") == value


@pytest.mark.parametrize(
    "text", ["", "soon", "10x", "-5m", "5mm", "0s", "m", "10m later", "90", "1s1h", "9" * 400 + "h"]
)
def test_what_is_neither_is_answered_with_what_would_be_right(text: str) -> None:
    with pytest.raises(UserError, match=r"^--time: .*90s, 10m or 1h30m would be right$"):
        seconds(text, "--time")


@pytest.mark.parametrize(
    "text", ["", "4", "GiB", "0GiB", "-1GiB", "4GB4", "24 bananas", "24GiBs", "9" * 400 + "GB"]
)
def test_a_size_has_a_number_and_a_unit(text: str) -> None:
    with pytest.raises(UserError, match=r"^--memory: .*500MB or 4GiB would be right$"):
        size(text, "--memory")
