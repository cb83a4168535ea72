"""Boxes whose numbers are not in the order of YOLO."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.data.yolo.box_order import BoxOrder


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("centre-x, centre-y, width, height", None),
        ("left, top, right, bottom", "left, top, right, bottom"),
        ("left, top, width, height", "left, top, width, height"),
        ("right, bottom, width, height", None),
    ],
)
def test_orders(order: str, said: str | None) -> None:
    draw, found = np.random.default_rng(0), BoxOrder()
    for _ in range(60):
        width, height = draw.uniform(0.05, 0.6, 2)
        left, top = draw.uniform(0, 1 - width), draw.uniform(0, 1 - height)
        sides = {
            "left": left,
            "top": top,
            "right": left + width,
            "bottom": top + height,
            "width": width,
            "height": height,
        }
        sides |= {"centre-x": left + width / 2, "centre-y": top + height / 2}
        found.add([sides[word] for word in order.split(", ")])
    note = found.note()
    assert (note is not None) == (said is not None)
    assert (
        note is None
        or f"of 60 boxes reach outside their image. None would if their numbers were {said}:" in note
    )


def test_few_boxes_tell_nothing() -> None:
    found = BoxOrder()
    for _ in range(4):
        found.add([0.1, 0.1, 0.5, 0.6])
    assert found.note() is None
    found.add([0.1, 0.1, 0.5, 0.6])
    assert found.note() is not None
