"""The memory of a step whose operations are traced: PyTorch's tracker, which is private, counts what it should."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from ftcli.runs.session import Session
from ftcli.studies.planning.traced import traced
from tests.runs.measuring.test_disk import made
from tests.tiny import data

WIDTH, BATCH = 256, 64


def test_the_tracker_of_pytorch_knows_a_peak_that_is_known_by_hand() -> None:
    """Two layers without biases: the sum of all that has to be there when the second step updates the weights."""
    from torch._subclasses import FakeTensorMode
    from torch.distributed._tools.mem_tracker import MemTracker

    with FakeTensorMode():
        model = nn.Sequential(nn.Linear(WIDTH, WIDTH, bias=False), nn.ReLU(), nn.Linear(WIDTH, 1, bias=False))
        optimizer = torch.optim.AdamW(model.parameters(), foreach=False)
        tracker = MemTracker()
        tracker.track_external(model, optimizer)
        inputs = torch.randn(BATCH, WIDTH)
        with tracker:
            for _ in range(2):
                tracker.reset_mod_stats()
                model(inputs).sum().backward()
                optimizer.step()
                optimizer.zero_grad()
    weights = 4 * (WIDTH * WIDTH + WIDTH)
    found = tracker.get_tracker_snapshot("peak")[torch.device("cpu")]["Total"]
    # Weights, their gradients, two moments, and what one update computes on the way.
    assert 4 * weights <= found <= 6.5 * weights


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
    return found.bytes


def test_what_trains_less_takes_less(photos: Path) -> None:
    whole = peak(photos, "freeze=none")
    half = peak(photos, "freeze=3")
    kept = peak(photos, "freeze=backbone")
    assert kept < half < whole
    assert peak(photos, "freeze=none", "optimizer={name: sgd, momentum: 0}") < whole
