"""The device that a plan is for."""

from __future__ import annotations

import pytest

from ftcli.errors import UserError
from ftcli.studies.planning.target import Target, is_here


def test_a_device_with_or_without_its_memory() -> None:
    assert Target.of("cpu") == Target("cpu")
    assert Target.of("cuda:1") == Target("cuda:1")
    assert Target.of("cuda:24GiB") == Target("cuda", 24 << 30)
    assert is_here(Target("cpu"))


@pytest.mark.parametrize(
    ("text", "size"), [("24GiB", 24 << 30), ("24GB", 24 * 10**9), ("1.5 g", 1_500_000_000), ("512MiB", 512 << 20)]
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert Target.of(f"cuda:{text}") == Target("cuda", size)


@pytest.mark.parametrize("text", ["", "GiB", "0GiB", "-1GiB", "24 bananas", "24GiBs"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="not a size of memory"):
        Target.of(f"cuda:{text}")


def test_a_number_is_that_of_a_device_of_this_machine() -> None:
    with pytest.raises(UserError, match=r"no cuda:240; one that is elsewhere .* as cuda:24GiB"):
        is_here(Target.of("cuda:240"))
