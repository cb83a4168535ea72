"""Figures, classes and failings: what is shown where there is much or little of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftcli.card import figures
from ftcli.card.facts import Facts, read_facts
from tests.report.making import findings, make_run, outcomes, per_class


def facts(tmp_path: Path, **changed: Any) -> Facts:
    return read_facts(make_run(tmp_path / "run", **changed))


def test_without_intervals_there_is_no_column_for_them(tmp_path: Path) -> None:
    found = outcomes() | {"figures": {"map": {"value": 0.25}}, "per_class": []}
    assert figures.section(facts(tmp_path, outcomes=found)) == (
        "## Figures\n\n| on `test` | value |\n| --- | --- |\n| `map` | 0.2500 |"
    )


def test_at_most_half_of_the_classes_are_called_weak(tmp_path: Path) -> None:
    assert figures.failings(facts(tmp_path)).count("Weak at") == 2
    found = outcomes() | {"per_class": [row | {"f1": 1.0} for row in per_class()], "confused": []}
    assert "Weak at" not in figures.failings(facts(tmp_path, outcomes=found))


def test_notes_on_the_data_are_shown_too(tmp_path: Path) -> None:
    shown = figures.failings(facts(tmp_path))
    for finding in findings()["findings"]:
        assert f"Data, {finding['severity']}: {finding['message']}." in shown


def test_nothing_is_said_of_what_is_not_known(tmp_path: Path) -> None:
    without = facts(tmp_path, outcomes=None, findings=None, summary={"epochs": 3, "best_epoch": 2})
    assert figures.section(without) == ""
    assert figures.failings(without) == ""
    assert figures.headline(without) == "No figure is known."
