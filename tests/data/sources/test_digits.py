"""The embedded digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.digits import digits
from ftcli.data.splits import open_splits
from ftcli.data.targets.reading import Reading

SINGLE = Reading(KINDS["single-label"])


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    images: list[Any] = []
    for name in ("train", "test"):
        opened = digits(Data()).split(name).open(Roles(), SINGLE)
        images += [opened.rows.inputs(index)["image"] for index in range(len(opened.rows))]
        counts = np.bincount([int(str(label)) for label in opened.labels])
        assert counts.min() > 80  # a half of each digit
    assert len(images) == 1797
    assert {image.tobytes() for image in images} == {
        np.round(image * (255 / 16)).astype(np.uint8).tobytes() for image in load_digits().images
    }


def test_digits_by_name_and_few() -> None:
    data = Data(source="digits", classes=tuple("56789"), per_class=10)
    splits = open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={})
    assert splits.target.counts == (10,) * 5
    image = splits.train[0].inputs["image"]
    assert (image.shape, image.dtype, int(image.max())) == ((8, 8), np.uint8, 255)
