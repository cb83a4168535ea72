"""Losses of speech recognition and synthesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Loss, Target
from ftcli.losses.options import wrong_option

# The value of padding in spectrograms.
IGNORED = -100.0
# Of the diagonal, as a share of the text, as in SpeechT5.
WIDTH = 0.4


class CTC:
    """Connectionist temporal classification (Graves et al. 2006); its count is of examples.

    A text that needs more frames than there are adds nothing.
    """

    kinds: ClassVar[tuple[str, ...]] = ("transcript",)

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
    """The loss of SpeechT5 (Ao et al. 2022); its count is of frames.

    It is the absolute error of the spectrograms before and after the post-net, averaged over mels, and the
    cross-entropy of the stop logits, in which the one frame that ends a sound weighs `stop_weight` times. Then
    `guided_attention` times the share of attention that is far from the diagonal (Tachibana et al. 2018): text and
    sound run from beginning to end together, and this guidance makes the network learn the alignment much sooner.
    """

    kinds: ClassVar[tuple[str, ...]] = ("speech",)

    def __init__(self, *, target: Target, stop_weight: float = 5.0, guided_attention: float = 1.0) -> None:
        """Raises `ConfigError` for a weight that is out of range."""
        if stop_weight <= 0:
            raise wrong_option("stop_weight", f"{stop_weight} is not above 0")
        if guided_attention < 0:
            raise wrong_option("guided_attention", f"{guided_attention} is below 0")
        self.stop_weight, self.guided_attention = stop_weight, guided_attention

    def __call__(
        self, before: Tensor, after: Tensor, stop: Tensor, attention: Tensor, wanted: Tensor, tokens: Tensor
    ) -> Loss:
        """`before`, `after` and `wanted` (B, T, mels), `stop` (B, T), `attention` (B, T / step, U), `tokens` (B,).

        Frames of `wanted` that are -100 are padding, and so are tokens from `tokens` on.
        """
        mask = wanted[:, :, 0] != IGNORED
        error = (before - wanted).abs().mean(-1) + (after - wanted).abs().mean(-1)
        parts = {"spectrogram": error[mask].sum(), "stop": self._stops(stop, mask)[mask].sum()}
        if self.guided_attention:
            step = mask.shape[1] // attention.shape[1]
            off = off_diagonal(attention, mask[:, ::step].sum(1), tokens)
            parts["attention"] = self.guided_attention * step * off
        total = torch.stack([*parts.values()]).sum()
        return Loss(total, mask.sum().to(total.dtype), {name: part.detach() for name, part in parts.items()})

    def _stops(self, stop: Tensor, mask: Tensor) -> Tensor:
        ends = mask & ~F.pad(mask[:, 1:], (0, 1), value=False)
        weight = stop.new_tensor(self.stop_weight)
        return F.binary_cross_entropy_with_logits(
            stop, ends.to(stop.dtype), reduction="none", pos_weight=weight
        )


def off_diagonal(attention: Tensor, steps: Tensor, tokens: Tensor) -> Tensor:
    """How much attention (B, S, U) is far from the diagonal of `steps` (B,) and `tokens` (B,), summed over steps."""
    rows, columns = (torch.arange(size, device=attention.device) for size in attention.shape[1:])
    there = (rows < steps[:, None])[:, :, None] & (columns < tokens[:, None])[:, None, :]
    along, said = rows / steps[:, None], columns / tokens[:, None]
    far = 1 - torch.exp(-((said[:, None, :] - along[:, :, None]) ** 2) / (2 * WIDTH**2))
    return (attention * far * there).sum()
