"""Any number of classes for each input."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.settings import SETTINGS


def answers(
    inputs: list[dict[str, Any]], tensors: dict[str, np.ndarray], outputs: dict[str, np.ndarray]
) -> list[list[dict[str, Any]]]:
    """The classes whose probability is a half or more, and the probabilities of all."""
    classes, made = SETTINGS["classes"], []
    for logits in outputs["outputs"]:
        scores = dict(zip(classes, 1 / (1 + np.exp(-logits)), strict=True))
        there = [name for name, logit in zip(classes, logits, strict=True) if logit >= 0]
        made.append(
            [{"label": there, **{f"p({name})": round(float(score), 6) for name, score in scores.items()}}]
        )
    return made
