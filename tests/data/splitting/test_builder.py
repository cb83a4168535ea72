"""The steps from splits as they are found to splits as they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Target
from ftcli.contracts.modalities import TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.jsonl import JsonObjects
from ftcli.data.splitting.builder import Builder
from ftcli.errors import DataError
from tests.tiny import data as tiny

ROWS = [{"text": f"text {n}", "label": "ab"[n % 2], "fold": n} for n in range(8)]


def built(path: Path, data: Data, rows: Any = ROWS, **others: Any) -> tuple[Builder, dict[str, Any]]:
    openers = {
        split: JsonObjects(tiny.jsonl(path / f"{split}.jsonl", part), path)
        for split, part in {"train": rows, **others}.items()
    }
    where = Places().under("data", DataError)
    builder = Builder(data, (TEXT,), KINDS["single-label"], 0, where, [])
    return builder, builder.build(openers)


def test_a_list_in_the_first_row_decides_for_all_splits(tmp_path: Path) -> None:
    rows = [{"text": "x", "label": ["a", "b"][: 1 + n % 2]} for n in range(4)]
    builder, splits = built(tmp_path, Data(), rows, val=rows)
    assert builder.kind == KINDS["multi-label"]
    assert list(splits["val"].labels) == [("a",), ("a", "b"), ("a",), ("a", "b")]
    assert builder.target(splits) == Target("multi-label", ("a", "b"), (4, 2), 4)


def test_conditions_take_their_rows_out_of_training(tmp_path: Path) -> None:
    builder, splits = built(tmp_path, Data(test="fold < 2", val="fold in 2, 3"))
    assert {name: list(part.ids()) for name, part in splits.items()} == {
        "train": ["5", "6", "7", "8"], "test": ["1", "2"], "val": ["3", "4"],
    }  # fmt: skip
    assert any("test: 2 of 8 examples" in note for note in builder.notes)
    with pytest.raises(DataError, match=r"data.val: its condition and that of test both choose 1 examples"):
        built(tmp_path, Data(test="fold < 2", val="fold < 1"))
    with pytest.raises(DataError, match="is left to train on"):
        built(tmp_path, Data(test="fold < 9"))
