"""Continuing texts: each token follows from those before it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.onnx_runtime import run
from ftcli.ship.scripts.padding import padded
from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.writers.greedy import generate
from ftcli.ship.scripts.writers.prompts import prompt_of
from ftcli.ship.scripts.writers.tokens import text_of


def network(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Logits (B, T, V) of the next token at each place, or of the places that are `counted` (N, V)."""
    outputs = run("model", {name: inputs[name] for name in ("input_ids", "attention_mask")})["outputs"]
    return {"outputs": outputs[inputs["counted"]] if "counted" in inputs else outputs}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What is written behind each text, such as {"text": "Once upon a time"}."""
    rows = [prompt_of(one["text"]) for one in inputs]
    ids = padded(rows, SETTINGS["text"]["padding"], "left")
    given = padded([[1] * len(row) for row in rows], 0, "left")

    def step(known: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        written = np.ones((len(known), known.shape[1] - given.shape[1]), dtype=np.int64)
        mask = np.concatenate([given[chosen], written], axis=1)
        return run("model", {"input_ids": known, "attention_mask": mask})["outputs"][:, -1]

    return [[{"label": text_of(row)}] for row in generate(step, ids, given)]
