"""The matrix of few classes, and the pairs of many."""

from __future__ import annotations

from pathlib import Path

from ftcli.report.run import read_run
from ftcli.report.sections.confusion import section
from tests.report.making import CLASSES, COUNTS, make_run, outcomes
from tests.report.reading import parsed


def test_rows_are_true_columns_are_predicted_and_shades_are_shares_of_the_row(tmp_path: Path) -> None:
    found = section([read_run(make_run(tmp_path / "a"))])
    assert found is not None
    read = parsed(found)
    assert [int(one.attributes["value"] or "") for one in read.all("data")] == [
        n for row in COUNTS for n in row
    ]
    assert [one.text for one in read.all("th")] == ["true ↓ predicted →", *CLASSES, *CLASSES]
    cells = read.all("td")
    assert cells[0].attributes == {"class": "right full", "style": "--s:0.81"}
    assert cells[1].attributes == {"class": "wrong", "style": "--s:0.12"}
    assert cells[2].attributes == {"class": "wrong"}


def test_many_classes_are_pairs(tmp_path: Path) -> None:
    many = outcomes() | {"confusion": {"classes": list("abc"), "counts": None}}
    found = section([read_run(make_run(tmp_path / "a", outcomes=many))])
    assert found is not None
    assert [one.text for one in parsed(found).all("tr")][:2] == ["truepredictedtimes", "rosestulips3"]


def test_where_nothing_is_confused_there_is_no_section(tmp_path: Path) -> None:
    none = outcomes() | {"confusion": None, "confused": []}
    assert section([read_run(make_run(tmp_path / "a", outcomes=none))]) is None
