"""Targets as columns: taken, counted and pickled without their rows."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.targets.columns import Categories, InRows, Itself, Numbers, Structures, Unlabelled

ONE, MANY = KINDS["single-label"], KINDS["multi-label"]


def codes(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int32)


def test_class_names() -> None:
    labels = Categories(ONE, codes(0, 1, 0), ("ant", "bee"))
    assert list(labels) == ["ant", "bee", "ant"]
    assert labels[:2] == ["ant", "bee"]
    assert (labels.counts(), labels.first("bee")) == ({"ant": 2, "bee": 1}, 1)
    part = labels.take(np.array([2, 1]))
    assert list(pickle.loads(pickle.dumps(part))) == ["ant", "bee"]
    assert pickle.loads(pickle.dumps(part)).kind == ONE


def test_several_class_names() -> None:
    labels = Categories(MANY, codes(0, 1, 2), (("ant",), ("ant", "bee"), ()))
    assert labels.counts() == {"ant": 2, "bee": 1}
    assert labels.first("bee") == 1


def test_things_are_counted_with_the_classes_that_are_named() -> None:
    tallies = [{"ant": 2}, {"bee": 1, "ant": 1}]
    labels = Structures(KINDS["boxes"], ["x", "y"], tallies, ("cat",))
    assert labels.counts() == {"cat": 0, "ant": 3, "bee": 1}
    assert (labels.total(), labels.first("bee")) == (4, 1)
    part = labels.take(np.array([1]))
    assert (list(part), part.counts()) == (["y"], {"cat": 0, "bee": 1, "ant": 1})


def test_columns_without_values_of_their_own() -> None:
    two = np.array([0, 1])
    assert list(Itself(KINDS["tokens"], 3).take(two)) == [True, True]
    assert list(Unlabelled(3).take(two)) == [None, None]
    assert list(Numbers(KINDS["number"], np.array([1.0, 2.0, 3.0])).take(two)) == [1, 2]
    in_rows = InRows(KINDS["speech"], 3).take(two)
    assert (len(in_rows), in_rows.role) == (2, "audio")
    with pytest.raises(LookupError):
        in_rows[0]
