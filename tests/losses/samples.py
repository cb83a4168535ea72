"""Targets, logits and truths for losses."""

from __future__ import annotations

import torch
from torch import Tensor

from ftcli.contracts import Loss, Target

COUNTS = (6, 3, 1)
SINGLE = Target("single-label", ("ant", "bee", "cow"), COUNTS, examples=10)
MULTI = Target("multi-label", ("ant", "bee", "cow"), COUNTS, examples=8)
NUMBER = Target("number", examples=10)


def logits(rows: int = 7, columns: int = 3, seed: int = 0) -> Tensor:
    return torch.randn(rows, columns, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 3


def classes(rows: int = 7) -> Tensor:
    return torch.randint(3, (rows,), generator=torch.Generator().manual_seed(1))


def hot(rows: int = 7) -> Tensor:
    return torch.randint(2, (rows, 3), generator=torch.Generator().manual_seed(2)).double()


def mean(loss: Loss) -> Tensor:
    return loss.total / loss.count
