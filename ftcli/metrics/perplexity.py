"""Perplexity: how well tokens are predicted."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from ftcli.metrics.moments import as_float64

# Logits that are converted to float32 at once: 64 MiB.
TOGETHER = 2**24
IGNORED = -100


class Perplexity:
    """The exponential of the mean negative log-likelihood of a token, and how often the likeliest token is right."""

    thorough: ClassVar[bool] = False

    def __init__(self) -> None:
        # Sums of negative logarithms, kept apart: added exactly in the end, they are the same however they were merged.
        self.likelihoods: list[Tensor] = []
        self.counts = torch.zeros(2, dtype=torch.int64)  # right, all

    @torch.no_grad()
    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` (N, V) logits, `targets` (N,) of int64 token ids; a negative one is not counted."""
        rows = max(1, TOGETHER // outputs.shape[1])
        for start in range(0, len(targets), rows):
            self._add(outputs[start : start + rows], targets[start : start + rows])

    def _add(self, logits: Tensor, truth: Tensor) -> None:
        losses, right, counted = _of_tokens(logits, truth)
        self.likelihoods.append(losses.sum())
        self.counts = self.counts.to(logits.device) + torch.stack([right.sum(), counted.sum()])

    def merge(self, other: Perplexity) -> None:
        """Add the sums of `other`."""
        self.likelihoods += other.likelihoods
        self.counts = self.counts + other.counts.to(self.counts.device)

    def compute(self) -> dict[str, float]:
        """perplexity, infinite where it is too large for a number and left out where it is none; token_accuracy."""
        right, tokens = self.counts.tolist()
        if tokens == 0:
            return {}
        likelihood = math.fsum(torch.stack(self.likelihoods).tolist())
        # Of a tensor, as math.exp raises an error for what is too large.
        perplexity = float(torch.tensor(likelihood / tokens, dtype=torch.float64).exp())
        figures = {"perplexity": perplexity, "token_accuracy": right / tokens}
        return {name: value for name, value in figures.items() if not math.isnan(value)}


@torch.no_grad()
def token_counts(outputs: Tensor, targets: Tensor) -> Tensor:
    """What `Perplexity` adds up, of each token: negative log-likelihood, right, counted; float64 (N, 3)."""
    rows = max(1, TOGETHER // outputs.shape[1])
    pairs = zip(torch.split(outputs, rows), torch.split(targets, rows), strict=True)
    parts = [torch.stack([as_float64(one) for one in _of_tokens(*pair)], dim=1) for pair in pairs]
    return torch.cat(parts)


def _of_tokens(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of each token the negative log-likelihood, 0 where it does not count; whether it is right; whether it counts."""
    counted = truth >= 0
    known = truth.where(counted, IGNORED)
    losses = functional.cross_entropy(logits.float(), known, reduction="none", ignore_index=IGNORED)
    return as_float64(losses), (logits.argmax(dim=1) == truth) & counted, counted
