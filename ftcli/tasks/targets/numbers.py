"""Numbers as targets and predictions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ftcli.contracts import Example, ExampleScores, Metric, Outcomes, Prediction, Target
from ftcli.errors import DataError
from ftcli.metrics.intervals import bootstrap, of_sums
from ftcli.metrics.moments import Moments, as_float64
from ftcli.metrics.of_examples.resampled import errors, number_sums, spearman
from ftcli.metrics.ranking import Spearman

# Columns of sums that rank correlations of resamples take as long as.
RANKING = 30


class NumberCodec:
    """One number for each example.

    The model learns (number - mean) / std of the training split, so that losses and learning rates mean the
    same whatever the unit; metrics and predictions are in the user's unit.
    """

    def __init__(self, target: Target) -> None:
        self.mean = target.mean
        # All training numbers may be equal.
        self.std = target.std if target.std > 0 else 1.0

    def encode(self, example: Example) -> float:
        """The number itself. Raises `DataError` for a target that is not a finite number."""
        value: Any = example.target
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise DataError(f"{example.id}: label {value!r} is not a finite number")
        return float(value)

    def collate(self, targets: Sequence[float]) -> Tensor:
        """float32 (B,), normalised in float64, so that large numbers that differ little stay apart."""
        return torch.tensor([(number - self.mean) / self.std for number in targets], dtype=torch.float32)

    def metrics(self) -> dict[str, Metric]:
        """Running moments, and a correlation of ranks."""
        return {"moments": Moments(), "spearman": Spearman()}

    def measured(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """What the metrics compare: float64 (B,) in the user's unit."""
        return self._units(outputs.squeeze(1)), self._units(targets)

    def outcomes(self, predicted: Tensor, true: Tensor) -> Outcomes:
        """The numbers."""
        return Outcomes(predicted, true)

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """Minus the absolute errors, in the user's unit."""
        predicted, true = outcomes.predicted.numpy(), outcomes.true.numpy()
        intervals = {}
        if np.isfinite(predicted).all():
            sums, ones = number_sums(predicted, true), np.ones(len(true), dtype=np.int64)
            intervals = of_sums(lambda: sums, sums.shape, errors)
            intervals |= bootstrap(spearman(predicted, true), ones, RANKING)
        return ExampleScores(
            (-np.abs(predicted - true)).tolist(),
            "minus the absolute error",
            perfect=0.0,
            true=true.tolist(),
            predicted=predicted.tolist(),
            intervals=intervals,
        )

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """The same numbers that are measured."""
        numbers = self._units(outputs.squeeze(1)).tolist()
        return [Prediction(id_, number) for id_, number in zip(ids, numbers, strict=True)]

    def _units(self, normalised: Tensor) -> Tensor:
        return as_float64(normalised) * self.std + self.mean
