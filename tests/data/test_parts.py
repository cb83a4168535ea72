"""Several tables as one."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.parts import Parts
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.tables import table
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from tests.tiny import data as tiny

ROLES = Roles(text="text", label="label")


def parts(folder: Path, *tables: list[dict[str, Any]]) -> Parts:
    files = [tiny.jsonl(folder / f"{number}.jsonl", rows) for number, rows in enumerate(tables)]
    places = Places().under("data", DataError)
    return Parts("all", tuple(table(file, Data(), places, "train") for file in files))


@pytest.mark.parametrize(("kind", "labels"), [("single-label", "xyz"), ("number", (1.0, 2.5, 3.0))])
def test_rows_and_labels_follow_one_another(tmp_path: Path, kind: str, labels: Any) -> None:
    rows = [{"text": f"text {n}", "label": label} for n, label in enumerate(labels)]
    opened = parts(tmp_path, [rows[2], rows[0]], [rows[1], rows[2]]).open(ROLES, Reading(KINDS[kind]))
    assert list(opened.labels) == [labels[n] for n in (2, 0, 1, 2)]
    again = pickle.loads(pickle.dumps(opened.rows))
    assert [again.inputs(n)["text"] for n in range(len(again))] == [f"text {n}" for n in (2, 0, 1, 2)]
    assert [again.id(n) for n in range(4)] == ["1", "2", "3", "4"]
    assert again.place(2) == f"{tmp_path}/1.jsonl:1"


def test_columns_that_all_have(tmp_path: Path) -> None:
    found = parts(tmp_path, [{"text": "a", "x": 1, "y": {"z": 1}}], [{"y": {"z": 1}, "text": "b"}])
    assert (found.columns(), found.fields()) == (("text", "y"), ("y.z",))


def test_one_label_here_and_several_there(tmp_path: Path) -> None:
    found = parts(tmp_path, [{"text": "a", "label": "x"}], [{"text": "b", "label": ["x"]}])
    with pytest.raises(DataError, match="some of the files have one label in each row"):
        found.open(ROLES, Reading(KINDS["single-label"]))
