"""Some rows of a source together with their labels."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np

from ftcli.contracts import Example
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.rows import NumberedRows
from ftcli.data.splitting.selection import Selection
from ftcli.data.targets.columns import Categories, InRows


class Rows(NumberedRows):
    name = "rows"

    def __len__(self) -> int:
        return 4

    def inputs(self, index: int) -> Mapping[str, Any]:
        return {"text": f"text {index}", "target": f"answer {index}"}

    def attributes(self, index: int) -> Mapping[str, Any]:
        return {"age": index}


def test_examples_keep_their_rows() -> None:
    labels = Categories(KINDS["single-label"], np.array([0, 1, 1], dtype=np.int32), ("a", "b"))
    split = Selection(Rows(), np.array([3, 0, 2]), labels).take(np.array([0, 2]))
    assert [split[index].id for index in range(len(split))] == list(split.ids()) == ["4", "3"]
    assert [split[index].target for index in range(2)] == list(split.targets()) == ["a", "b"]
    assert pickle.loads(pickle.dumps(split))[1] == split[1]


def test_a_target_in_the_row_is_no_input() -> None:
    split = Selection(Rows(), np.array([1]), InRows(KINDS["text"], 1))
    assert split[0] == Example("2", {"text": "text 1"}, "answer 1", {"age": 1})
