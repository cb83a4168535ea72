"""The device that a plan is for."""

from __future__ import annotations

import pytest

from ftcli.errors import UserError
from ftcli.studies.planning.target import Target, is_here


def test_a_device_with_or_without_its_memory() -> None:
    assert Target.of("cpu") == Target("cpu")
    assert Target.of("cuda:1") == Target("cuda:1")
    assert Target.of("cuda:24GiB") == Target("cuda", 24 << 30)
    assert Target.of("cuda:24GB") == Target("cuda", 24 * 10**9)
    assert is_here(Target("cpu"))


@pytest.mark.parametrize("text", ["GiB", "0GiB", "24 bananas"])
def test_what_is_not_a_size_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=f"^--device: '{text}' is not a size of memory"):
        Target.of(f"cuda:{text}")


def test_a_number_is_that_of_a_device_of_this_machine() -> None:
    with pytest.raises(UserError, match=r"no cuda:240; one that is elsewhere .* as cuda:24GiB"):
        is_here(Target.of("cuda:240"))
