"""Inputs and attributes of a row."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Example, Split
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.data.unlabelled import open_unlabelled
from tests.data.opening import ids, mistake, opened
from tests.tiny import data as tiny


def every(split: Split) -> list[Example]:
    return [split[index] for index in range(len(split))]


@pytest.mark.parametrize("make", [tiny.table, tiny.jsonl, tiny.parquet])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_columns_are_kept_with_the_examples(tmp_path: Path, make: Any, ending: str) -> None:
    if make.__name__ != {"csv": "table"}.get(ending, ending):
        return
    rows = [
        {"text": f"text {n}", "label": "ab"[n % 2], "gender": "fm"[n % 2], "age": str(n)} for n in range(8)
    ]
    path = make(tmp_path / f"a.{ending}", rows)
    data = Data(train=str(path), val=0.5, keep=("gender", "age"))
    splits = opened(data)
    for split in (splits.train, splits.val):
        assert split is not None
        for example in every(split):
            number = int(example.id) - 1
            assert example.attributes == {"gender": "fm"[number % 2], "age": str(number)}
            assert list(example.inputs) == ["text"]
    bare = opened(replace(data, keep=None))
    assert ids(bare.train) == ids(splits.train)
    assert bare.train[0].attributes == {}
    assert pickle.loads(pickle.dumps(splits.train))[0] == splits.train[0]
    asked = open_unlabelled((TEXT,), [], path, data)
    assert asked[1].attributes == {"gender": "m", "age": "1"}
    other = make(tmp_path / f"b.{ending}", [{"text": "new", "age": "7"}])
    assert open_unlabelled((TEXT,), [], other, data)[0].attributes == {"age": "7"}


def test_a_field_of_file_names_is_kept(tmp_path: Path) -> None:
    for n in range(8):
        tiny.image(tmp_path / f"{'ab'[n % 2]}_ann_{n}.png")
    data = Data(source=str(tmp_path), pattern="{label}_{who}_{n}", keep=("who",), val=0.5)
    assert opened(data, IMAGE.name).train[0].attributes == {"who": "ann"}
    tiny.class_folders(tmp_path / "b")
    words = mistake(Data(source=str(tmp_path / "b"), keep=("who",)), IMAGE.name)
    assert "data.keep: has no meaning for" in words
