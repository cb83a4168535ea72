"""Boxes as arrays."""

from __future__ import annotations

import numpy as np

from ftcli.data.annotations.box_arrays import BoxArrays, Tallies


def test_boxes_of_an_image_and_how_many_of_each_class() -> None:
    corners = np.arange(12, dtype=np.float32).reshape(3, 4)
    ends = np.array([0, 2, 2, 3])
    arrays = BoxArrays(
        corners, np.array([1, 0, 1], np.int32), np.array([False, False, True]), ends, ("a", "b")
    )
    assert [one.labels for one in arrays[:]] == [("b", "a"), (), ("b",)]
    assert (arrays[0].crowd, arrays[2].crowd) == ((), (True,))
    assert arrays[2].corners.tolist() == [[8, 9, 10, 11]]
    assert Tallies(arrays)[:] == [{"b": 1, "a": 1}, {}, {"b": 1}]
