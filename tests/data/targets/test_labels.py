"""Columns of class names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny


def test_several_labels_and_none(tmp_path: Path) -> None:
    rows = [*tiny.topics(6), {"text": "nothing", "label": ""}]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.tsv", rows)), val=0.0, label_separator="|"))
    assert splits.target.kind == "multi-label"
    assert (splits.target.classes, splits.target.counts) == (("art", "music", "sport"), (4, 4, 2))
    assert splits.train[1].target == ("art", "music")
    assert splits.train[6].target == ()
    assert any("1 example has no label" in note for note in splits.notes)


@pytest.mark.parametrize("make", [tiny.jsonl, tiny.parquet])
def test_a_list_means_several_labels(tmp_path: Path, make: Any) -> None:
    rows = [{"text": f"t {n}", "label": ["a", "b"][: 1 + n % 2]} for n in range(6)]
    splits = opened(Data(train=str(make(tmp_path / f"a.{make.__name__}", rows)), val=0.0))
    assert splits.target.kind == "multi-label"
    assert splits.train[1].target == ("a", "b")


def test_an_empty_label_is_named_with_its_line(tmp_path: Path) -> None:
    rows = [{"text": "two\nlines", "label": "a"}, {"text": "one", "label": " "}]
    message = mistake(Data(train=str(tiny.table(tmp_path / "a.csv", rows))))
    assert "a.csv:4: the label in column 'label' is empty" in message
