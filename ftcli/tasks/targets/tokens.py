"""Tokens coming out: those that were hidden, or that come next."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ftcli.contracts import Example, Metric, Prediction, Target
from ftcli.metrics.perplexity import Perplexity


class TokenCodec:
    """One token for each place that counts; the inputs hold what is learned."""

    def __init__(self, target: Target) -> None:
        pass

    def encode(self, example: Example) -> bool:
        """That there is something to learn."""
        return True

    def collate(self, targets: Sequence[bool]) -> None:
        """The tokens to foretell are taken from the inputs."""

    def metrics(self) -> dict[str, Metric]:
        """How well tokens are foretold."""
        return {"perplexity": Perplexity()}

    def measured(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """What the metrics compare: logits (N, V) and ids (N,), as they are."""
        return outputs, targets

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """Not from logits alone: the text around them is the task's."""
        raise TypeError("tokens are foretold of a text, by its task")
