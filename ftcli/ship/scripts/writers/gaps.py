"""Filling the gaps of texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.onnx_runtime import run
from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.softmax import softmax
from ftcli.ship.scripts.texts import batch
from ftcli.ship.scripts.writers.tokens import text_of


def network(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Logits (N, V) of the places that are `counted`."""
    outputs = run("model", {name: inputs[name] for name in ("input_ids", "attention_mask")})["outputs"]
    return {"outputs": outputs[inputs["counted"]]}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Each text with its gaps filled by the likeliest tokens, and the product of their probabilities."""
    tensors = batch(inputs)
    gaps = tensors["input_ids"] == SETTINGS["mask"]
    if not gaps.any(axis=1).all():
        raise ValueError(f"each text needs a gap, {SETTINGS['gap']}")
    chances = softmax(network({**tensors, "counted": gaps})["outputs"])
    ids, likeliest = tensors["input_ids"].copy(), np.ones(gaps.shape, dtype=chances.dtype)
    ids[gaps], likeliest[gaps] = chances.argmax(axis=1), chances.max(axis=1)
    products = likeliest.prod(axis=1)
    return [
        [{"label": text_of(row), "probability": round(float(product), 6)}]
        for row, product in zip(ids, products, strict=True)
    ]
