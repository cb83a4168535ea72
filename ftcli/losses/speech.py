"""Losses of speech recognition and synthesis."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Loss

IGNORED = -100.0  # in spectrograms: padding
STOP_WEIGHT = 5.0  # of the one frame that ends a sound against the many that do not


def ctc(logits: Tensor, counts: Tensor, labels: Sequence[Sequence[int]]) -> Loss:
    """Connectionist temporal classification (Graves et al. 2006), counted by examples.

    `logits` (B, T, classes) with class 0 as the blank, of which `counts` (B,) frames count. A text that needs more
    frames than there are adds nothing.
    """
    flat = torch.tensor([number for row in labels for number in row], device=logits.device)
    sizes = torch.tensor([len(row) for row in labels], device=logits.device)
    scores = logits.float().log_softmax(-1).transpose(0, 1)
    total = F.ctc_loss(scores, flat, counts, sizes, blank=0, reduction="sum", zero_infinity=True)
    return Loss(total, logits.new_full((), len(labels)))


def spectrogram(before: Tensor, after: Tensor, stop: Tensor, wanted: Tensor) -> Loss:
    """The loss of SpeechT5 (Ao et al. 2022), counted by frames.

    It is the absolute error of the spectrograms `before` and `after` the post-net, (B, T, mels) each, averaged over
    mels, and the cross-entropy of the `stop` logits (B, T). Frames of `wanted` (B, T, mels) that are -100 are padding.
    """
    mask = wanted[:, :, 0] != IGNORED
    error = (before - wanted).abs().mean(-1) + (after - wanted).abs().mean(-1)
    ends = mask & ~F.pad(mask[:, 1:], (0, 1), value=False)
    weight = stop.new_tensor(STOP_WEIGHT)
    stops = F.binary_cross_entropy_with_logits(stop, ends.to(stop.dtype), reduction="none", pos_weight=weight)
    parts = {"spectrogram": error[mask].sum(), "stop": stops[mask].sum()}
    total = parts["spectrogram"] + parts["stop"]
    return Loss(total, mask.sum().to(total.dtype), {name: part.detach() for name, part in parts.items()})
