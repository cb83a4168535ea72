"""Times and sizes of options."""

from __future__ import annotations

import pytest

from ftcli.cli.studies.quantities import seconds, size
from ftcli.errors import UserError


def test_times_and_sizes() -> None:
    assert seconds("1h30m", "--time") == 5400
    assert size("4GiB", "--memory") == 2**32


@pytest.mark.parametrize("text", ["", "soon", "90", "0s"])
def test_what_is_neither_is_answered_with_what_would_be_right(text: str) -> None:
    with pytest.raises(
        UserError, match=r"^--time: .* is not a time with a unit: 90s, 10m or 1h30m would be right$"
    ):
        seconds(text, "--time")
    with pytest.raises(
        UserError, match=r"^--memory: .* is not a size with a unit: 500MB or 4GiB would be right$"
    ):
        size(text, "--memory")
