"""What is read and hashed on the way to an encoded example, and how often."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ftcli.contracts import Batch, Encoded
from ftcli.errors import DataError
from ftcli.loading.batch_sampler import BatchSampler
from ftcli.loading.encoded import Encodings
from ftcli.loading.loader import Loader
from tests.loading.pictures import bucket, encodings


def pixels(examples: Encodings) -> list[Tensor]:
    return [examples.get(index, 0).inputs["pixels"] for index in range(len(examples))]


def test_a_file_is_read_once_in_a_process(tmp_path: Path, paths: list[Path], opened: list[str]) -> None:
    every = [path.name for path in paths]
    first = encodings(paths, bucket(tmp_path))
    made = pixels(first)
    assert opened == every  # to hash and to decode
    assert all(map(torch.equal, pixels(first), made))
    assert opened == every
    assert all(map(torch.equal, pixels(encodings(paths, bucket(tmp_path))), made))
    assert opened == every * 2  # another process must see whether they have changed
    assert all(map(torch.equal, pixels(encodings(paths, None)), made))
    assert opened == every * 3


@pytest.mark.parametrize("what", ["gone", "cut", "none"])
def test_a_file_is_named_whoever_reads_it(tmp_path: Path, paths: list[Path], what: str) -> None:
    if what == "gone":
        paths[2].unlink()
    else:
        paths[2].write_bytes(paths[2].read_bytes()[:-40] if what == "cut" else b"nothing")
    messages = []
    for kept in (None, bucket(tmp_path)):
        with pytest.raises(DataError) as caught:
            pixels(encodings(paths, kept))
        messages.append(str(caught.value))
    assert str(paths[2]) in messages[0]
    assert messages[0] == messages[1]


def collate(encoded: Sequence[Encoded], *, training: bool) -> Batch:
    return Batch({"pixels": torch.stack([one.inputs["pixels"] for one in encoded])})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_workers_know_what_others_have_hashed(tmp_path: Path, paths: list[Path]) -> None:
    examples = encodings(paths, bucket(tmp_path))
    order = BatchSampler(len(paths), 2, seed=0, training=False)
    loader = Loader(examples, collate, order, seed=0, training=False, workers=1)
    first = [batch.inputs["pixels"].clone() for batch in loader.epoch(0)]
    for path in paths:
        path.unlink()
    assert all(map(torch.equal, first, (batch.inputs["pixels"] for batch in loader.epoch(1))))
    assert len({examples.key(index) for index in range(len(paths))}) == len(paths)
