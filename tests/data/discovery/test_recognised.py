"""Data as it opens."""

from __future__ import annotations

from pathlib import Path

from ftcli.data.discovery.recognise import recognise
from tests.tiny import data as tiny


def test_mistakes_in_the_data_are_warnings(tmp_path: Path) -> None:
    rows = [*tiny.reviews(20), {"text": "without a label", "label": ""}]
    found = recognise(tiny.table(tmp_path / "a.csv", rows))
    assert found.data["label"] == "label"
    assert "a.csv:22: the label in column 'label' is empty" in found.warnings[0]
