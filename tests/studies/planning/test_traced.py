"""The memory of steps whose operations are traced: the network is not changed, and what trains less takes less."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ftcli.runs.measuring.bench import bench
from ftcli.runs.session import Session
from ftcli.studies.planning.traced import traced
from tests.runs.measuring.test_disk import made
from tests.tiny import data


@pytest.fixture
def photos(workplace: Path) -> Path:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    return workplace


def peak(folder: Path, *options: str) -> int:
    session: Session = made(folder, *options).session
    before = {name: value.clone() for name, value in session.model.state_dict().items()}
    found = traced(session)
    assert found.without_numbers
    assert all(torch.equal(value, before[name]) for name, value in session.model.state_dict().items())
    assert found.bytes <= found.heap
    return found.bytes


def test_what_trains_less_takes_less(photos: Path) -> None:
    whole = peak(photos, "freeze=none")
    half = peak(photos, "freeze=3")
    kept = peak(photos, "freeze=backbone")
    assert kept < half < whole
    assert peak(photos, "freeze=none", "optimizer={name: sgd, momentum: 0}") < whole
    assert peak(photos, "freeze=none", "training.micro_batch=2", "model.head=linear") < whole
    assert peak(photos, "freeze=none", "training.accumulate=2") > whole


def test_the_pass_through_the_frozen_blocks_counts(photos: Path) -> None:
    # Features are kept of each example, so more examples go through together than are in a batch of the head.
    options = ("freeze=backbone", "data.batch_size=2", "data.augment=none")
    alone = peak(photos, *options, "training.micro_batch=2")
    assert peak(photos, *options) > alone


def test_the_form_of_the_frozen_blocks_counts(photos: Path) -> None:
    session = made(photos, "freeze=backbone", "data.augment=none").session
    with bench(session) as place:
        place.batches.enter(0)
        cut = session.model.cut
        assert cut is not None
        assert cut.own_bytes() == 0
        next(place.batches.compute(0, [place.batches.largest_window()]))
        folded = [part for part in session.backbone.module.modules() if isinstance(part, torch.nn.Conv2d)]
        assert cut.own_bytes() > 0.9 * sum(part.weight.nbytes for part in folded)
