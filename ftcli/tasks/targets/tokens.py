"""Tokens as targets: those that are masked, or that come next."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ftcli.contracts import Example, Metric, Prediction, Target
from ftcli.metrics.perplexity import Perplexity


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

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """Raises `TypeError`: a prediction needs the text around the tokens, which the task has."""
        raise TypeError("the task makes the predictions of tokens, as it has the text around them")
