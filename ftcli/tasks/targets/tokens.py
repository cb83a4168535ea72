"""Tokens as targets: those that are masked, or that come next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ftcli.contracts import Example, ExampleScores, Metric, Outcomes, Prediction, Target
from ftcli.metrics.intervals import Floats, of_sums
from ftcli.metrics.perplexity import Perplexity, token_counts


class TokenCodec:
    """One token for each place that counts; the inputs hold the true tokens."""

    def __init__(self, target: Target) -> None:
        pass

    def encode(self, example: Example) -> bool:
        """True: the example has a target, which is in its inputs."""
        return True

    def collate(self, targets: Sequence[bool]) -> None:
        """Nothing: the task takes the tokens to predict from the inputs."""

    def metrics(self) -> dict[str, Metric]:
        """Perplexity and accuracy of the tokens."""
        return {"perplexity": Perplexity()}

    def measured(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """What the metrics compare: logits (N, V) and ids (N,), as they are."""
        return outputs, targets

    def outcomes(self, predicted: Tensor, true: Tensor) -> Outcomes:
        """What the figures are sums of, of each token, float64 (N, 3)."""
        return Outcomes(counts=token_counts(predicted, true))

    def of_examples(self, tokens: Outcomes, shares: Sequence[int]) -> Outcomes:
        """The same of each example, which has its share of the tokens."""
        # Sums of unknown order, as of `index_add`, would differ from run to run.
        parts = tokens.counts.split(list(shares))
        return Outcomes(counts=torch.stack([part.sum(dim=0) for part in parts]))

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """Minus the mean loss of the tokens of each example; 0 where none counts."""
        counts = outcomes.counts.numpy()
        likelihoods, _, tokens = counts.T
        return ExampleScores(
            (-likelihoods / np.maximum(tokens, 1)).tolist(),
            "minus the mean loss of a token",
            perfect=0.0,
            intervals=of_sums(lambda: counts, counts.shape, _figures) if np.isfinite(counts).all() else {},
        )

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """Raises `TypeError`: a prediction needs the text around the tokens, which the task has."""
        raise TypeError("the task makes the predictions of tokens, as it has the text around them")


def _figures(sums: Floats) -> dict[str, Floats]:
    """perplexity and token_accuracy, as `Perplexity`."""
    likelihoods, right, tokens = sums.T
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return {"perplexity": np.exp(likelihoods / tokens), "token_accuracy": right / tokens}
