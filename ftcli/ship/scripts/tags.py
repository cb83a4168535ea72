"""A tag for each word."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.softmax import softmax
from ftcli.ship.scripts.words import words_of


def answers(
    inputs: list[dict[str, Any]], tensors: dict[str, np.ndarray], outputs: dict[str, np.ndarray]
) -> list[list[dict[str, Any]]]:
    """The tag at the first token of each word; a word without a token has none."""
    rows = zip(inputs, tensors["starts"], softmax(outputs["outputs"]), strict=True)
    return [tagged(words_of(one["text"]), starts, scores) for one, starts, scores in rows]


def tagged(words: list[str], starts: np.ndarray, scores: np.ndarray) -> list[dict[str, Any]]:
    """A row for each word, from the scores (T, C) of the tokens."""
    found = []
    for position, (word, start) in enumerate(zip(words, starts, strict=False), start=1):
        row = {"position": position, "word": word, "label": SETTINGS["outside"], "probability": None}
        if start >= 0:
            best = int(scores[start].argmax())
            row |= {"label": SETTINGS["classes"][best], "probability": round(float(scores[start][best]), 6)}
        found.append(row)
    return found
