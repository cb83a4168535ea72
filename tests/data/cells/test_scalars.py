"""Values as texts."""

from __future__ import annotations

import pytest

from ftcli.data.cells.scalars import label_text


@pytest.mark.parametrize(
    ("cell", "wanted"), [(3.0, "3"), (2.5, "2.5"), (True, "true"), (7, "7"), (" a ", "a")]
)
def test_a_value_has_one_text(cell: object, wanted: str) -> None:
    assert label_text(cell) == wanted
