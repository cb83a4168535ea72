"""What operations take and give back is noted once for each memory."""

from __future__ import annotations

import torch
from torch import nn

from ftcli.studies.planning.allocations import Allocations, Event, most


def test_what_operations_take_is_noted_once_for_all_views() -> None:
    known = torch.zeros(1000)
    with Allocations([known]) as noted:
        first = torch.ones(1000) + known
        view = first[:10]
        known.add_(1)
        del first
        assert [one.bytes for one in noted.events] == [4000, 4000, 0]
        del view
    taken = [one.bytes for one in noted.events]
    assert taken == [4000, 4000, 0, 0]
    assert most(noted.events) == 8000
    assert most([Event(1, 1)], unit=512) == 512


def test_a_step_of_two_layers_is_known_by_hand() -> None:
    width, batch = 256, 64
    model = nn.Sequential(nn.Linear(width, width, bias=False), nn.ReLU(), nn.Linear(width, 1, bias=False))
    optimizer = torch.optim.AdamW(model.parameters(), foreach=False)
    inputs = torch.randn(batch, width)
    with Allocations([inputs, *model.parameters()]) as noted:
        for _ in range(2):
            model(inputs).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
    weights = 4 * (width * width + width)
    # Gradients, two moments, and what one update computes on the way.
    assert 3 * weights <= most(noted.events) <= 5.5 * weights
