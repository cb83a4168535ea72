from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ftcli.contracts import Encoded, Example, ImagePreprocess
from ftcli.errors import ConfigError, DataError
from ftcli.tasks.inputs.images import Images

PREPROCESS = ImagePreprocess(resize=12, crop=8, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 1.0))


def picture(height: int = 24, width: int = 30) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(reader: Images, seed: int = 0) -> Encoded:
    return Encoded("row 3", reader.encode_inputs([Example("row 3", {"image": picture()})])[0], seed=seed)


def test_an_image_becomes_pixels_at_the_working_size() -> None:
    pixels = encoded(Images(PREPROCESS)).inputs["pixels"]
    assert pixels.shape == (3, 12, 15)
    assert pixels.dtype == torch.uint8


def test_an_evaluation_batch_is_the_normalised_centre() -> None:
    reader = Images(PREPROCESS, "standard")
    one = encoded(reader)
    batch = reader.collate([one, one], training=False)["pixels"]
    centre = one.inputs["pixels"][:, 2:10, 4:12].float() / 255  # 3.5 columns to the left, rounded to even
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (PREPROCESS.mean, PREPROCESS.std))
    assert batch.dtype == torch.float32
    torch.testing.assert_close(batch, torch.stack([(centre - mean) / std] * 2))


def test_training_without_augmentation_sees_what_evaluation_sees() -> None:
    reader = Images(PREPROCESS)
    one = encoded(reader, seed=7)
    torch.testing.assert_close(
        reader.collate([one], training=True), reader.collate([one], training=False), rtol=0, atol=0
    )


def test_augmentation_follows_each_examples_seed_alone() -> None:
    reader = Images(PREPROCESS, "standard")
    seven, eight = (encoded(reader, seed) for seed in (7, 8))
    together = reader.collate([seven, eight], training=True)["pixels"]
    alone = reader.collate([eight], training=True)["pixels"]
    assert together.shape == (2, 3, 8, 8)
    assert torch.equal(together[1], alone[0])
    assert not torch.equal(together[0], together[1])


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    Image.fromarray(picture()).save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"cut\.png"):
        Images(PREPROCESS).encode_inputs([Example("row 3", {"image": path})])


def test_bytes_that_are_no_image_are_named_by_their_example() -> None:
    with pytest.raises(DataError, match="row 3: the image"):
        Images(PREPROCESS).encode_inputs([Example("row 3", {"image": b"no image"})])


def test_an_unknown_augmentation_is_answered() -> None:
    with pytest.raises(
        ConfigError, match=r"data\.augment: no augmentation is called 'flips'.*Did you mean 'flip'"
    ):
        Images(PREPROCESS, "flips")


def test_the_encoding_says_what_decides_the_pixels() -> None:
    reader = Images(PREPROCESS, "flip")
    assert reader.encoding == Images(replace(PREPROCESS, crop=4, mean=(0.0, 0.0, 0.0))).encoding
    assert reader.encoding != Images(replace(PREPROCESS, resize=13)).encoding
