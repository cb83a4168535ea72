"""Boxes as targets and predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ftcli.contracts import Boxes, Example, Target
from ftcli.errors import DataError
from ftcli.tasks.targets.boxes import BoxCodec, BoxesPrediction, DetectedBox
from tests.tiny import boxes as tiny

CODEC = BoxCodec(Target("boxes", ("ant", "bee"), (1, 1), 2))
CORNERS = np.array([[1, 2, 5, 6], [0, 0, 3, 3]], dtype=np.float32)


def test_boxes_become_tensors() -> None:
    made = CODEC.encode(Example("a", {}, Boxes(("bee", "ant"), CORNERS, (False, True))))
    assert made["boxes"].tolist() == CORNERS.tolist()
    assert (made["labels"].tolist(), made["crowd"].tolist()) == ([1, 0], [False, True])
    none = CODEC.encode(Example("a", {}, Boxes((), np.zeros((0, 4), dtype=np.float32))))
    assert (none["boxes"].shape, none["labels"].shape, none["crowd"].shape) == ((0, 4), (0,), (0,))
    assert CODEC.collate([made, none]) == [made, none]


def test_an_unknown_class_is_named() -> None:
    with pytest.raises(DataError, match=r"a: label 'cow' is not a class"):
        CODEC.encode(Example("a", {}, Boxes(("cow", "ant"), CORNERS)))


def test_a_prediction_has_a_row_for_each_box() -> None:
    output = {
        "boxes": torch.tensor(CORNERS),
        "scores": torch.tensor([0.75, 0.5]),
        "labels": torch.tensor([1, 0]),
    }
    found, nothing = CODEC.predictions(
        [output, {name: value[:0] for name, value in output.items()}], ["a", "b"]
    )
    assert (found.label, found.probability) == (("bee", "ant"), 0.75)
    assert found.rows()[1] == {
        "id": "a", "label": "ant", "probability": 0.5, "left": 0.0, "top": 0.0, "right": 3.0, "bottom": 3.0
    }  # fmt: skip
    assert nothing.rows()[0].keys() == found.rows()[0].keys()
    assert (nothing.label, nothing.probability) == ((), None)


def test_pictures_have_boxes(tmp_path: Path) -> None:
    image, found = tiny.tiles(0)
    boxes = (DetectedBox("red", 0.5, tuple(map(float, found[1][1]))),)  # type: ignore[arg-type]
    one = BoxesPrediction("a", ("red",), 0.5, {}, boxes, tiny.CLASSES)
    (file,) = one.save(Example("a", {"image": np.asarray(image)}), tmp_path / "a")
    drawn = Image.open(file)
    assert file == tmp_path / "a.png"
    assert drawn.size == image.size
    left, top, right, bottom = found[1][1]
    assert drawn.getpixel((right, bottom)) != image.getpixel((right, bottom))
    middle = ((left + right) // 2, (top + bottom) // 2)
    assert drawn.getpixel(middle) == image.getpixel(middle)
