"""Masks as targets and predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ftcli.contracts import Example, Target
from ftcli.errors import DataError
from ftcli.tasks.targets.masks import MaskCodec, at_size, counted, resized_mask
from tests.tiny.masks import Painted

CODEC = MaskCodec(Target("mask", ("ground", "sky"), (1, 1), 2))
VALUES = np.array([[7, 7, 3], [0, 3, 3]], dtype=np.uint8)
LOGITS = torch.tensor([[[[1.0, 1, 0], [0, 0, 0]], [[0.0, 0, 2], [2, 2, 2]]]])


def test_values_become_indices_and_others_do_not_count() -> None:
    encoded = CODEC.encode(Example("a", {}, Painted(VALUES, {7: "ground", 3: "sky"})))
    assert encoded.tolist() == [[0, 0, 1], [-1, 1, 1]]
    assert encoded.dtype == torch.int16
    (mask,) = CODEC.collate([encoded])
    assert mask.dtype == torch.int64
    outputs, classes = counted(LOGITS, mask[None])
    assert classes.tolist() == [0, 0, 1, 1, 1]
    assert outputs.shape == (5, 2)


def test_an_unknown_class_is_named() -> None:
    with pytest.raises(DataError, match=r"a: label 'sea' is not a class"):
        CODEC.encode(Example("a", {}, Painted(VALUES, {7: "sea"})))


def test_a_prediction_has_the_share_of_each_class() -> None:
    (found,) = CODEC.predictions(LOGITS, ["a"])
    assert found.label == "sky"
    assert found.rows() == [
        {"id": "a", "label": "ground", "share": round(2 / 6, 6)},
        {"id": "a", "label": "sky", "share": round(4 / 6, 6)},
    ]


def test_a_prediction_is_saved_as_indices_and_as_a_picture(tmp_path: Path) -> None:
    (found,) = CODEC.predictions(LOGITS, ["a"])
    image = np.full((8, 12, 3), 100, dtype=np.uint8)
    indices, picture = found.save(Example("a", {"image": image}), tmp_path / "a.b")
    assert [indices.name, picture.name] == ["a.b.mask.png", "a.b.png"]
    with Image.open(indices) as opened:
        values = np.asarray(opened)
    assert values.shape == (8, 12)
    assert (values[0, 0], values[-1, -1]) == (0, 1)
    with Image.open(picture) as opened:
        assert opened.size == (12, 8)


def test_masks_and_outputs_have_the_size_that_is_compared() -> None:
    assert resized_mask(torch.tensor([[0, 1]]), 4).tolist() == [[0, 0, 1, 1]] * 4
    assert at_size(LOGITS, (4, 6)).shape == (1, 2, 4, 6)
