"""The table by class, of any task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.report.run import Run, read_run
from ftcli.report.sections.classes import section, weakest
from tests.report.making import make_run, outcomes
from tests.report.reading import parsed, text_of


def run_of(path: Path, rows: list[dict[str, Any]]) -> Run:
    return read_run(make_run(path, outcomes=outcomes() | {"per_class": rows}))


def test_columns_are_those_of_the_task(tmp_path: Path) -> None:
    rows = [
        {"class": "RBC", "ap": 0.61, "ap50": 0.8, "boxes": 68},
        {"class": "WBC", "ap": 0.52, "ap50": 0.9, "boxes": 5},
    ]
    found = section([run_of(tmp_path / "a", rows)])
    assert found is not None
    assert [one.text for one in parsed(found).all("th")] == ["class", "ap", "ap50", "boxes", "RBC", "WBC"]
    assert "--s:0.610" in found
    assert found.count("bar") == 4


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ([{"class": "a", "f1": 0.5, "support": 3}, {"class": "b", "f1": 0.4, "support": 2}], "b"),
        ([{"class": "a", "f1": 0.5, "support": 3}, {"class": "b", "f1": 0.0, "support": 0}], None),
        ([{"class": "a", "ap": 0.2, "ap50": 0.5}, {"class": "b", "ap": 0.3, "ap50": 0.4}], "b"),
        ([{"class": "a", "f1": 1.0}, {"class": "b", "f1": 1.0}], None),
        ([{"class": "a", "f1": 0.5}], None),
        ([{"class": "a", "words": 5}, {"class": "b", "words": 3}], None),
        ([{"class": "a", "f1": 0.5}, {"class": "b", "f1": "x"}, {"f1": 0.7}], "a"),
        ([], None),
    ],
)
def test_the_weakest_is_the_lowest_of_those_that_occur(rows: list[Any], name: str | None) -> None:
    found = weakest(rows)
    assert (found and found["class"]) == name


def test_of_very_many_classes_the_weakest_are_shown(tmp_path: Path) -> None:
    rows = [{"class": f"c{n}", "f1": (n * 7 % 1000) / 1000, "support": 3} for n in range(1_000)]
    found = section([run_of(tmp_path / "a", rows)])
    assert found is not None
    assert found.count("<tr>") == 201
    assert "The 200 weakest of 1,000 classes." in text_of(found)


def test_several_runs_are_side_by_side_also_with_other_classes(tmp_path: Path) -> None:
    one = run_of(tmp_path / "a", [{"class": "x", "f1": 0.5}, {"class": "y", "f1": 0.75}])
    other = run_of(tmp_path / "b", [{"class": "x", "f1": 0.25}, {"class": "z", "f1": 0.5}])
    found = section([one, other])
    assert found is not None
    cells = [one.text for one in parsed(found).elements if one.tag in ("th", "td")]
    assert cells == ["f1", "a", "b", "x", "0.5000", "0.2500", "y", "0.7500", "–", "z", "–", "0.5000"]
    assert [one.text for one in parsed(found).all("strong")] == ["0.5000"]
    assert section([run_of(tmp_path / "c", []), run_of(tmp_path / "d", [])]) is None
