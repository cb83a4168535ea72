"""Losses of speech recognition and synthesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Loss, Target, TargetKind
from ftcli.losses.options import wrong_option

IGNORED = -100.0  # in spectrograms: padding


class CTC:
    """Connectionist temporal classification (Graves et al. 2006), counted by examples.

    A text that needs more frames than there are adds nothing.
    """

    kinds: ClassVar[tuple[TargetKind, ...]] = ("transcript",)

    def __init__(self, *, target: Target) -> None:
        """It has no options."""

    def __call__(
        self, logits: Tensor, counts: Tensor, labels: Sequence[Sequence[int]], blank: int = 0
    ) -> Loss:
        """`logits` (B, T, classes), of which `counts` (B,) frames count, and the classes of each text."""
        flat = torch.tensor(
            [number for row in labels for number in row], dtype=torch.int64, device=logits.device
        )
        sizes = torch.tensor([len(row) for row in labels], device=logits.device)
        scores = logits.float().log_softmax(-1).transpose(0, 1)
        total = F.ctc_loss(scores, flat, counts, sizes, blank=blank, reduction="sum", zero_infinity=True)
        return Loss(total, logits.new_full((), len(labels)))


class Spectrogram:
    """The loss of SpeechT5 (Ao et al. 2022), counted by frames.

    It is the absolute error of the spectrograms before and after the post-net, averaged over mels, and the
    cross-entropy of the stop logits, in which the one frame that ends a sound weighs `stop_weight` times.
    """

    kinds: ClassVar[tuple[TargetKind, ...]] = ("speech",)

    def __init__(self, *, target: Target, stop_weight: float = 5.0) -> None:
        """Raises `ConfigError` for a weight that is not above 0."""
        if stop_weight <= 0:
            raise wrong_option("stop_weight", f"{stop_weight} is not above 0")
        self.stop_weight = stop_weight

    def __call__(self, before: Tensor, after: Tensor, stop: Tensor, wanted: Tensor) -> Loss:
        """`before`, `after` and `wanted` (B, T, mels), `stop` (B, T). Frames of `wanted` that are -100 are padding."""
        mask = wanted[:, :, 0] != IGNORED
        error = (before - wanted).abs().mean(-1) + (after - wanted).abs().mean(-1)
        ends = mask & ~F.pad(mask[:, 1:], (0, 1), value=False)
        weight = stop.new_tensor(self.stop_weight)
        stops = F.binary_cross_entropy_with_logits(
            stop, ends.to(stop.dtype), reduction="none", pos_weight=weight
        )
        parts = {"spectrogram": error[mask].sum(), "stop": stops[mask].sum()}
        total = parts["spectrogram"] + parts["stop"]
        count = mask.sum().to(total.dtype)
        return Loss(total, count, {name: part.detach() for name, part in parts.items()})
