"""The memory of steps whose operations are traced: the network is not changed, and what trains less takes less."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

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
