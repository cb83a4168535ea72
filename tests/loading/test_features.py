"""Features of frozen blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ftcli.loading.batch_sampler import Indices
from ftcli.loading.encoded import Encodings
from ftcli.loading.features import Compute, Features
from ftcli.store.store import Store
from tests.loading.pictures import bucket, encodings
from tests.tiny import data


def computing(examples: Encodings) -> Callable[[int], Compute]:
    """Features of a mean."""

    def compute(windows: Sequence[Indices]) -> Iterator[list[Tensor]]:
        for window in windows:
            yield [examples.get(int(index), 0).inputs["pixels"].float().mean((1, 2)) for index in window]

    return lambda view: compute


def test_features_take_one_reading_too(tmp_path: Path, paths: list[Path], opened: list[str]) -> None:
    windows = [np.array([0, 1]), np.array([2, 3])]
    store = Store(tmp_path / "cache", 10**8)

    def features() -> Features:
        examples = encodings(paths, bucket(tmp_path))
        return Features(examples, store.bucket("features", {}), computing(examples), seed=None)

    first = features()
    assert list(first.fill(first.missing(windows, 0), 0)) == [2, 2]
    made = [first.get(index, 0).inputs["features"] for index in range(4)]
    assert sorted(opened) == sorted(path.name for path in paths)
    second = features()
    assert second.missing(windows, 0) == []
    assert all(torch.equal(second.get(index, 0).inputs["features"], made[index]) for index in range(4))
    data.image(paths[3], seed=9)
    assert [window.tolist() for window in features().missing(windows, 0)] == [[2, 3]]
