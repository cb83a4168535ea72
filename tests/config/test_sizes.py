"""Sizes of memory as a user writes them."""

from __future__ import annotations

import pytest

from ftcli.config.sizes import bytes_of


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("24GiB", 24 << 30), ("24 gb", 24 * 10**9), ("1.5G", 1_500_000_000), ("512B", 512), ("1KiB", 1024),
        ("", None), ("4", None), ("GiB", None), ("0GiB", None), ("-1GB", None), ("4GB4", None),
        ("9" * 400 + "GB", None),
    ],
)  # fmt: skip
def test_a_size(text: str, size: int | None) -> None:
    assert bytes_of(text) == size
