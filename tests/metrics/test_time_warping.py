"""Dynamic time warping against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ftcli.metrics.time_warping import warped_mean
from tests.metrics.samples import generator


def slowly_warped_mean(costs: list[list[float]]) -> float:
    """As the definition says it, cell by cell."""
    best: dict[tuple[int, int], tuple[float, int]] = {(-1, -1): (0.0, 0)}
    for i, row in enumerate(costs):
        for j, cost in enumerate(row):
            before = [best[at] for at in ((i - 1, j - 1), (i - 1, j), (i, j - 1)) if at in best]
            total, steps = min(before)
            best[i, j] = (total + cost, steps + 1)
    total, steps = best[len(costs) - 1, len(costs[0]) - 1]
    return total / steps


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (7, 7), (12, 5), (5, 12)])
@pytest.mark.parametrize("ties", [False, True])
def test_warping_agrees_with_its_definition(shape: tuple[int, int], ties: bool) -> None:
    costs = torch.rand(shape, generator=generator(), dtype=torch.float64)
    costs = (3 * costs).round() if ties else costs
    assert warped_mean(costs.numpy()) == pytest.approx(slowly_warped_mean(costs.tolist()))


def test_nothing_cannot_be_warped() -> None:
    assert math.isnan(warped_mean(np.zeros((0, 3))))
