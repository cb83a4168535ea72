"""Counts and findings."""

from __future__ import annotations

from pathlib import Path

from ftcli.report.run import read_run
from ftcli.report.sections.data import section
from tests.report.making import make_run
from tests.report.reading import parsed, text_of


def test_counts_and_findings(tmp_path: Path) -> None:
    found = section([read_run(make_run(tmp_path / "a"))])
    assert found is not None
    rows = [one.text for one in parsed(found).all("tr")]
    assert rows == ["trainvaltestskipped", "examples24080801"]
    assert [one.text for one in parsed(found).all("b")] == ["warning", "note"]
    assert "Remove them from one of the splits." in text_of(found)
    assert "train/a.jpg = val/b.jpg" in text_of(found)


def test_no_findings_are_said_and_unknown_ones_are_not(tmp_path: Path) -> None:
    clean = section([read_run(make_run(tmp_path / "a", findings={"version": 1, "findings": []}))])
    unknown = section([read_run(make_run(tmp_path / "b", findings=None))])
    assert clean is not None
    assert unknown is not None
    assert "Nothing was found" in clean
    assert "Nothing was found" not in unknown
    assert section([read_run(make_run(tmp_path / "c", findings=None, outcomes=None, data=None))]) is None


def test_several_runs_have_a_row_each(tmp_path: Path) -> None:
    runs = [
        read_run(make_run(tmp_path / "a")),
        read_run(make_run(tmp_path / "b", outcomes=None, findings=None)),
    ]
    found = section(runs)
    assert found is not None
    assert [one.text for one in parsed(found).all("tr")][1:] == ["a24080801", "b24080––"]
