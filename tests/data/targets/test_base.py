"""What differs between kinds of targets when data is read."""

from __future__ import annotations

import pytest

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.targets.base import Targets, targets_of
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError


def test_a_row_names_its_class() -> None:
    assert {name: type(targets_of(kind)).__name__ for name, kind in KINDS.items()} == {
        "single-label": "LabelTargets", "multi-label": "LabelTargets", "number": "NumberTargets",
        "boxes": "BoxTargets", "mask": "MaskTargets", "tags": "TagTargets", "text": "TextTargets",
        "transcript": "TextTargets", "tokens": "InputTargets", "speech": "TextTargets", "none": "Targets",
    }  # fmt: skip


def test_counts_follow_names() -> None:
    targets = Targets(KINDS["boxes"])
    renamed = targets.tally(None, {"ant": 2, "bee": 3, "cat": 1}, {"ant": "x", "bee": "x"}.get)
    assert renamed == {"x": 5}
    assert targets.total(renamed) == 5


def test_boxes_are_not_read_from_a_table() -> None:
    with pytest.raises(DataError, match="boxes are not read from a table"):
        targets_of(KINDS["boxes"]).cells(Reading(KINDS["boxes"]), lambda row: f"a.csv:{row}")
