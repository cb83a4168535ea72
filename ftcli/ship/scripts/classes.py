"""One class for each input."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.softmax import softmax


def answers(
    inputs: list[dict[str, Any]], tensors: dict[str, np.ndarray], outputs: dict[str, np.ndarray]
) -> list[list[dict[str, Any]]]:
    """The likeliest class of each input, and the probabilities of all."""
    classes, made = SETTINGS["classes"], []
    for row in softmax(outputs["outputs"]):
        scores = {f"p({name})": round(float(score), 6) for name, score in zip(classes, row, strict=True)}
        best = int(row.argmax())
        made.append([{"label": classes[best], "probability": round(float(row[best]), 6), **scores}])
    return made
