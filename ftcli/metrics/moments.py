"""Scores of numbers, from running moments."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor


def as_float64(numbers: Tensor) -> Tensor:
    """float64 on the same device, or on the CPU where the device has none."""
    return (numbers.cpu() if numbers.device.type == "mps" else numbers).to(torch.float64)


class Moments:
    """Errors and central moments of outputs and targets, in float64.

    Batches are combined by the pairwise update of Chan, Golub and LeVeque 1979 ("Updating Formulae and a
    Pairwise Algorithm for Computing Sample Variances"), which does not cancel where the numbers are large
    beside their spread. It is exact but for the rounding of float64.
    """

    thorough: ClassVar[bool] = False

    def __init__(self) -> None:
        self.count = 0
        self.errors = torch.zeros(2, dtype=torch.float64)  # sums of squared and of absolute errors
        self.means = torch.zeros(2, dtype=torch.float64)  # of outputs and targets
        self.scatter = torch.zeros(2, 2, dtype=torch.float64)  # sums of products of deviations from the means

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` (B,) or (B, 1), `targets` (B,): numbers in the user's units."""
        if len(targets) == 0:
            return
        pairs = torch.stack([as_float64(outputs).reshape(-1), as_float64(targets)])
        difference = pairs[0] - pairs[1]
        batch = Moments()
        batch.count = len(targets)
        batch.errors = torch.stack([difference.square().sum(), difference.abs().sum()])
        batch.means = pairs.mean(dim=1)
        deviations = pairs - batch.means.unsqueeze(1)
        batch.scatter = deviations @ deviations.T
        self.merge(batch)

    def merge(self, other: Moments) -> None:
        """Add the moments of `other`."""
        count = self.count + other.count
        if count == 0:
            return
        device = other.means.device if self.count == 0 else self.means.device
        step = other.means.to(device) - self.means.to(device)
        between = torch.outer(step, step) * (self.count * other.count / count)
        self.errors = self.errors.to(device) + other.errors.to(device)
        self.means = self.means.to(device) + step * (other.count / count)
        self.scatter = self.scatter.to(device) + other.scatter.to(device) + between
        self.count = count

    def compute(self) -> dict[str, float]:
        """mse, rmse, mae; r2 where the targets vary; pearson where the outputs vary too."""
        if self.count == 0:
            return {}
        squared, absolute = self.errors.tolist()
        (outputs, both), (_, targets) = self.scatter.tolist()
        output_varies, target_varies = self._varies()
        mse = squared / self.count
        figures = {"mse": mse, "rmse": math.sqrt(mse), "mae": absolute / self.count}
        if target_varies:
            figures["r2"] = 1.0 - squared / targets
        if target_varies and output_varies:
            pearson = both / (math.sqrt(outputs) * math.sqrt(targets))
            figures["pearson"] = max(-1.0, min(1.0, pearson))
        return {name: value for name, value in figures.items() if math.isfinite(value)}

    def _varies(self) -> list[bool]:
        """Whether outputs and targets differ by more than the rounding of their means."""
        deviation = (self.scatter.diagonal() / self.count).sqrt()
        varies: list[bool] = (deviation > 1e-12 * self.means.abs()).tolist()
        return varies
