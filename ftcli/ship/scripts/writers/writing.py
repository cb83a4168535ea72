"""Writing a text from another one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.onnx_runtime import run
from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.texts import batch
from ftcli.ship.scripts.writers.greedy import generate
from ftcli.ship.scripts.writers.tokens import text_of


def read(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the decoder takes beside the tokens that are written."""
    given = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    return {"hidden": run("encoder", given)["outputs"], "attention_mask": given["attention_mask"]}


def network(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Logits (B, T, V) of the token behind each of `decoder_input_ids`."""
    return run("decoder", {**read(inputs), "decoder_input_ids": inputs["decoder_input_ids"]})


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What is written for each text."""
    known = read(batch(inputs))
    start = np.repeat([SETTINGS["start"]], len(inputs), axis=0)

    def step(ids: np.ndarray, rows: np.ndarray) -> np.ndarray:
        given = {name: value[rows] for name, value in known.items()}
        return run("decoder", {**given, "decoder_input_ids": ids})["outputs"][:, -1]

    written = generate(step, start, np.ones_like(start))
    return [[{"label": text_of(row).strip()}] for row in written]
