"""Writing what is said in a sound."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.onnx_runtime import run
from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.sounds import batch
from ftcli.ship.scripts.writers.greedy import generate
from ftcli.ship.scripts.writers.tokens import text_of


def network(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Logits (B, U, V) of the token behind each of `decoder_input_ids`."""
    hidden = run("encoder", {"values": inputs["values"]})["outputs"]
    return run("decoder", {"hidden": hidden, "decoder_input_ids": inputs["decoder_input_ids"]})


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The text of each sound, such as {"audio": "a.wav"}."""
    hidden = run("encoder", {"values": batch(inputs)["values"]})["outputs"]
    start = np.repeat([SETTINGS["start"]], len(inputs), axis=0)

    def step(ids: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return run("decoder", {"hidden": hidden[rows], "decoder_input_ids": ids})["outputs"][:, -1]

    return [[{"label": text_of(row).strip()}] for row in generate(step, start, np.ones_like(start))]
