"""Errors and correlation of numbers, from running moments."""

from __future__ import annotations

import math
from functools import reduce
from typing import ClassVar

import torch
from torch import Tensor


def as_float64(numbers: Tensor) -> Tensor:
    """float64 on the same device, or on the CPU where the device has no float64."""
    return (numbers.cpu() if numbers.device.type == "mps" else numbers).to(torch.float64)


Sums = tuple[int, Tensor, Tensor, Tensor]
"""Pairs of an output and a target: how many; sums of squared and of absolute errors (2,); the means of outputs and
targets (2,); sums of products of deviations from the means (2, 2). In float64."""


def _sums(pairs: Tensor) -> Sums:
    """Of pairs (2, B)."""
    difference = pairs[0] - pairs[1]
    means = pairs.mean(dim=1)
    deviations = pairs - means.unsqueeze(1)
    errors = torch.stack([difference.square().sum(), difference.abs().sum()])
    return pairs.shape[1], errors, means, deviations @ deviations.T


def _together(one: Sums, other: Sums) -> Sums:
    (count, errors, means, scatter), (more, other_errors, other_means, other_scatter) = one, other
    total, step = count + more, other_means - means
    between = torch.outer(step, step) * (count * more / total)
    return total, errors + other_errors, means + step * (more / total), scatter + other_scatter + between


class Moments:
    """Errors and central moments of outputs and targets, in float64.

    Batches are combined by the pairwise update of Chan, Golub and LeVeque 1979 ("Updating Formulae and a
    Pairwise Algorithm for Computing Sample Variances"), which does not cancel where the numbers are large
    beside their spread. The sums of each batch are kept and combined in their order, so that merged parts
    of the data give exactly the figures of the whole.
    """

    thorough: ClassVar[bool] = False

    def __init__(self) -> None:
        self._batches: list[Sums] = []

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` (B,) or (B, 1), `targets` (B,): numbers in the user's units."""
        if len(targets):
            self._batches.append(_sums(torch.stack([as_float64(outputs).reshape(-1), as_float64(targets)])))

    def merge(self, other: Moments) -> None:
        """Append the batches of `other`."""
        self._batches += other._batches

    def compute(self) -> dict[str, float]:
        """mse, rmse, mae; r2 where the targets vary; pearson where the outputs vary too."""
        if not self._batches:
            return {}
        count, errors, means, scatter = reduce(_together, self._batches)
        squared, absolute = errors.tolist()
        (outputs, both), (_, targets) = scatter.tolist()
        output_varies, target_varies = _varies(means, scatter / count)
        mse = squared / count
        figures = {"mse": mse, "rmse": math.sqrt(mse), "mae": absolute / count}
        if target_varies:
            figures["r2"] = 1.0 - squared / targets
        if target_varies and output_varies:
            pearson = both / (math.sqrt(outputs) * math.sqrt(targets))
            figures["pearson"] = max(-1.0, min(1.0, pearson))
        return {name: value for name, value in figures.items() if math.isfinite(value)}


def _varies(means: Tensor, covariance: Tensor) -> list[bool]:
    """Whether outputs and targets differ by more than the rounding of their means."""
    varies: list[bool] = (covariance.diagonal().sqrt() > 1e-12 * means.abs()).tolist()
    return varies
