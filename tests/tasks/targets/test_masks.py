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


def test_a_saved_mask_has_the_values_of_the_data(tmp_path: Path) -> None:
    codec = MaskCodec(Target("mask", ("ground", "sky"), (1, 1), 2, values=(10, 255)))
    (found,) = codec.predictions(LOGITS, ["a"])
    values, _ = found.save(Example("a", {"image": np.zeros((2, 3, 3), np.uint8)}), tmp_path / "a")
    with Image.open(values) as opened:
        assert np.asarray(opened).tolist() == [[10, 10, 255], [255, 255, 255]]
    assert found.legend() == [{"value": 10, "class": "ground"}, {"value": 255, "class": "sky"}]


def test_a_saved_mask_has_the_colours_of_the_data(tmp_path: Path) -> None:
    codec = MaskCodec(Target("mask", ("ground", "sky"), (1, 1), 2, values=(0, 0x8000FF), coloured=True))
    (found,) = codec.predictions(LOGITS, ["a"])
    values, _ = found.save(Example("a", {"image": np.zeros((2, 3, 3), np.uint8)}), tmp_path / "a")
    with Image.open(values) as opened:
        assert np.asarray(opened)[0].tolist() == [[0, 0, 0], [0, 0, 0], [128, 0, 255]]
    assert found.legend()[1] == {"class": "sky", "r": 128, "g": 0, "b": 255}


def test_more_than_256_classes_are_told_apart(tmp_path: Path) -> None:
    names = tuple(f"kind{number}" for number in range(400))
    logits = torch.zeros(1, 400, 2, 2)
    logits[0, 300, 0], logits[0, 350, 1] = 1.0, 1.0
    (found,) = MaskCodec(Target("mask", names)).predictions(logits, ["a"])
    assert [row["label"] for row in found.rows()] == ["kind300", "kind350"]
    values, picture = found.save(Example("a", {"image": np.zeros((2, 2, 3), np.uint8)}), tmp_path / "a")
    with Image.open(values) as opened:
        assert (opened.mode, np.asarray(opened).tolist()) == ("I;16", [[300, 300], [350, 350]])
    with Image.open(picture) as opened:
        assert opened.size == (2, 2)
