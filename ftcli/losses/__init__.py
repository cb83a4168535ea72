"""Losses. Each gives a sum and a count; the training loop divides.

A loss is a class whose keyword parameters, except `target`, are the user's options, and whose `kinds` says which
targets it takes, beside those whose default it is. Its instances map (logits (B, C), targets as in `Batch.targets`) to
a `Loss`; where a target is a class for each pixel, word or token, those that count come as the B. Losses of speech take
more, as they say. `own` is for networks that compute their loss themselves.
"""

from __future__ import annotations

from ftcli.registry import Registry

LOSSES = Registry(
    "loss",
    {
        "cross-entropy": "ftcli.losses.cross_entropy:CrossEntropy",
        "mse": "ftcli.losses.mse:MSE",
        "bce": "ftcli.losses.bce:BCE",
        "focal": "ftcli.losses.focal:Focal",
        "ctc": "ftcli.losses.speech:CTC",
        "spectrogram": "ftcli.losses.speech:Spectrogram",
        "own": "ftcli.losses.model_loss:ModelLoss",
    },
)
