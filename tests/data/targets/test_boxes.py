"""Boxes under other names."""

from __future__ import annotations

import numpy as np

from ftcli.contracts import Boxes
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.targets.boxes import BoxTargets


def test_boxes_of_classes_without_a_new_name_are_left_out() -> None:
    corners = np.arange(12, dtype=np.float32).reshape(3, 4)
    boxes = Boxes(("ant", "bee", "ant"), corners, (False, True, True))
    found = BoxTargets(KINDS["boxes"]).renamed(boxes, {"ant": "x"}.get)
    assert (found.labels, found.crowd) == (("x", "x"), (False, True))
    assert found.corners.tolist() == corners[[0, 2]].tolist()
    bare = BoxTargets(KINDS["boxes"]).renamed(Boxes((), corners[:0]), {"ant": "x"}.get)
    assert (bare.labels, bare.corners.shape, bare.crowd) == ((), (0, 4), ())
