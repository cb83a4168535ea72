"""Whole images on a canvas, with the size that each had before."""

from __future__ import annotations

import numpy as np
import torch

from ftcli.contracts import Encoded, Example, ImagePreprocess
from ftcli.tasks.inputs.images import Images
from ftcli.tasks.inputs.whole_images import STEP, WholeImages

PREPROCESS = ImagePreprocess(40, 40, longest=80)


def encoded(reader: WholeImages, height: int, width: int, seed: int = 0) -> Encoded:
    image = np.full((height, width, 3), 200, dtype=np.uint8)
    return Encoded("a", reader.encode_inputs([Example("a", {"image": image})])[0], seed=seed)


def test_an_image_keeps_its_ratio_and_its_size_is_known() -> None:
    one = encoded(WholeImages(PREPROCESS), 20, 30)
    assert one.inputs["pixels"].shape == (3, 40, 60)
    assert one.inputs["original"].tolist() == [20, 30]
    assert encoded(WholeImages(PREPROCESS), 20, 100).inputs["pixels"].shape == (3, 16, 80)


def test_a_batch_is_the_largest_canvas_in_whole_steps() -> None:
    reader = WholeImages(PREPROCESS)
    wide, tall = encoded(reader, 20, 30), encoded(reader, 30, 20)
    batch = reader.collate([wide, tall], training=False)
    assert batch["sizes"].tolist() == [[40, 60], [60, 40]]
    assert batch["pixels"].shape == (2, 3, 2 * STEP, 2 * STEP)
    assert (batch["pixels"][0, :, 40:] == 0).all()
    assert (batch["pixels"][1, :, :60, :40] > 0).all()


def test_squares_need_no_canvas() -> None:
    reader = WholeImages(ImagePreprocess(40, 40, squash=True))
    assert reader.collate([encoded(reader, 20, 30)], training=False)["pixels"].shape == (1, 3, 40, 40)


def test_a_crop_of_training_has_the_ratio_of_the_image() -> None:
    reader = WholeImages(PREPROCESS, "flip")
    one = encoded(reader, 20, 40, seed=3)
    change = reader.change(one, *reader.seen(one))
    assert reader.seen(one) == (40, 80)
    assert abs(change.width / change.height - 2) < 0.1
    batch = reader.collate([one], training=True)
    assert batch["pixels"].shape == (1, 3, 64, 96)
    assert torch.equal(batch["pixels"], reader.collate([one], training=True)["pixels"])


def test_the_longest_side_decides_the_pixels() -> None:
    facts = WholeImages(PREPROCESS).encoding
    assert facts == {**Images(PREPROCESS).encoding, "longest": 80}
