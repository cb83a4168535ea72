"""Images with boxes, whatever their layout."""

from __future__ import annotations

import pytest

from ftcli.data.annotations.layout import role_of


@pytest.mark.parametrize(
    ("name", "role"),
    [("train2017", "train"), ("val2017", "val"), ("valid", "val"), ("test-1", "test"), ("trainval", None)],
)
def test_names_of_splits(name: str, role: str | None) -> None:
    assert role_of(name) == role
