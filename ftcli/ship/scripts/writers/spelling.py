"""Sounds to texts, character by character (CTC)."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from ftcli.ship.scripts.onnx_runtime import run
from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.sounds import batch

CHARACTERS = SETTINGS["characters"]


def network(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Logits (B, frames, classes), and how many frames of each count (B,)."""
    made = run("model", {name: inputs[name] for name in ("values", "lengths")})
    return {"0": made["logits"], "1": made["frames"]}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The text of each sound, such as {"audio": "a.wav"}: the likeliest character of each frame."""
    made = network(batch(inputs))
    rows = zip(made["0"].argmax(axis=-1).tolist(), made["1"].tolist(), strict=True)
    return [[{"label": spelled(row[:count])}] for row, count in rows]


def spelled(classes: list[int]) -> str:
    """The text of the classes of frames: each run of a class once, without the blank."""
    text = "".join(CHARACTERS["classes"][one] for one, _ in groupby(classes) if one != CHARACTERS["blank"])
    return text.lower() if CHARACTERS["folded"] else text
