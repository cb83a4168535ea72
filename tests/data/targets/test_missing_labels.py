"""Rows without a label."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.targets.missing_labels import MissingLabels
from ftcli.errors import DataError


def missing(count: int, policy: str = "fail") -> MissingLabels:
    found = MissingLabels("a.csv", policy)
    found.found += [f"a.csv:{row}: no label" for row in range(2, 2 + count)]
    return found


def test_none_and_those_that_are_left_out() -> None:
    missing(0).check(5)
    missing(3, "skip").check(5)
    assert missing(3, "skip").note(5).startswith("3 of the 8 rows of a.csv have no label and are left out")


def test_all_are_named() -> None:
    with pytest.raises(DataError, match=r"^a.csv:2: no label. data.missing_labels: skip leaves it out$"):
        missing(1).check(5)
    with pytest.raises(DataError) as caught:
        missing(90).check(5)
    lines = str(caught.value).splitlines()
    assert lines[0] == "90 of the 95 rows of a.csv have no label. data.missing_labels: skip leaves them out:"
    assert (len(lines), lines[-1].startswith("  and 40 more; all of them are in ")) == (52, True)
    listed = Path(lines[-1].rpartition(" ")[2])
    assert len(listed.read_text().splitlines()) == 90
    listed.unlink()


def test_where_no_row_has_one_a_few_are_enough() -> None:
    with pytest.raises(DataError) as caught:
        missing(90).check(0)
    assert len(str(caught.value).splitlines()) == 7
