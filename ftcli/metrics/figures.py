"""The figures that metrics compute: names, direction, standard error. No torch here."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ftcli.contracts import TargetKind

FIGURES: Mapping[TargetKind, tuple[str, ...]] = {
    "single-label": ("accuracy", "precision_macro", "recall_macro", "f1_macro", "top5_accuracy"),
    "multi-label": (
        "exact_match",
        "precision_micro",
        "recall_micro",
        "f1_micro",
        "precision_macro",
        "recall_macro",
        "f1_macro",
    ),
    "number": ("mse", "rmse", "mae", "r2", "pearson"),
    "boxes": (),
    "mask": ("miou", "pixel_accuracy"),
    "tags": (
        "token_accuracy",
        "precision_micro",
        "recall_micro",
        "f1_micro",
        "precision_macro",
        "recall_macro",
        "f1_macro",
    ),
    "text": ("bleu", "chrf"),
    "transcript": ("wer", "cer"),
    "tokens": ("perplexity", "token_accuracy"),
    "speech": ("spectrogram_distance", "mcd"),
}

# Figures that need every prediction at once. They are computed at the end, or where they decide which epoch is best.
THOROUGH_FIGURES: Mapping[TargetKind, tuple[str, ...]] = {
    "single-label": ("auroc",),
    "multi-label": ("auroc",),
    "number": ("spearman",),
    "boxes": ("map", "map50", "map75"),
    "mask": (),
    "tags": (),
    "text": ("rouge1", "rouge2", "rougeL"),
    "transcript": (),
    "tokens": (),
    "speech": (),
}

DEFAULT_FIGURE: Mapping[TargetKind, str] = {
    "single-label": "accuracy",
    "multi-label": "f1_macro",
    "number": "mse",
    "boxes": "map",
    "mask": "miou",
    "tags": "f1_micro",
    "text": "bleu",
    "transcript": "wer",
    "tokens": "perplexity",
    "speech": "loss",
}

_ERRORS = frozenset({"loss", "mse", "rmse", "mae", "wer", "cer", "perplexity", "spectrogram_distance", "mcd"})
_PROPORTIONS = frozenset({"accuracy", "top5_accuracy", "exact_match"})


def lower_is_better(name: str) -> bool:
    """Whether the figure called `name` is better when it is lower."""
    return name in _ERRORS


def standard_error(name: str, value: float, n: int) -> float:
    """One binomial standard error of the figure called `name` over `n` examples.

    0.0 for a figure that is not a proportion of examples, and for no examples.
    """
    if name not in _PROPORTIONS or n < 1:
        return 0.0
    return math.sqrt(max(0.0, value * (1.0 - value)) / n)
