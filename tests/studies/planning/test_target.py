"""The device that a plan is for."""

from __future__ import annotations

import pytest

from ftcli.errors import UserError
from ftcli.studies.planning.target import Target, bytes_of, is_here


def test_a_device_with_or_without_its_memory() -> None:
    assert Target.of("cpu") == Target("cpu")
    assert Target.of("cuda:1") == Target("cuda:1")
    assert Target.of("cuda:24GiB") == Target("cuda", 24 << 30)
    assert is_here(Target("cpu"))


@pytest.mark.parametrize(
    ("text", "size"), [("24GiB", 24 << 30), ("24GB", 24 * 10**9), ("1.5 g", 1_500_000_000), ("512MiB", 512 << 20)]
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert bytes_of(text, "--device") == size


@pytest.mark.parametrize("text", ["", "GiB", "0GiB", "-1GiB", "24 bananas", "24GiBs"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="not a size of memory"):
        bytes_of(text, "--device")
