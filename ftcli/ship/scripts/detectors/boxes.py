"""Images to boxes with a class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.detectors.canvas import batch
from ftcli.ship.scripts.images import size_of
from ftcli.ship.scripts.onnx_runtime import run
from ftcli.ship.scripts.settings import SETTINGS

SIDES = ("left", "top", "right", "bottom")


def detections(inputs: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """`boxes`, `scores` and `labels` of each image, the best first. The network takes one at a time."""
    names = ("pixels", "sizes")
    return [
        run("model", {name: inputs[name][n : n + 1] for name in names}) for n in range(len(inputs["pixels"]))
    ]


def network(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What is found in image n, however unlikely, as detections.n.boxes, .scores and .labels."""
    found = enumerate(detections(inputs))
    return {f"detections.{n}.{name}": value for n, one in found for name, value in one.items()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The boxes that are likely enough, the surest first, in pixels of each image: a row each."""
    tensors = batch(inputs)
    found = zip(detections(tensors), tensors["sizes"], inputs, strict=True)
    return [rows(one, size_of(given["image"]) / seen[::-1]) for one, seen, given in found]


def rows(one: dict[str, np.ndarray], scale: np.ndarray) -> list[dict[str, Any]]:
    """The rows of an image; one without a label where nothing is found. `scale` is across and down."""
    kept = one["scores"] >= SETTINGS["threshold"]
    boxes = one["boxes"][kept] * np.tile(scale, 2).astype(np.float32)
    made = [
        {"label": SETTINGS["classes"][label], "probability": round(float(score), 6)}
        | {side: round(float(place), 2) for side, place in zip(SIDES, box, strict=True)}
        for label, score, box in zip(one["labels"][kept], one["scores"][kept], boxes, strict=True)
    ]
    return made or [dict.fromkeys(("label", "probability", *SIDES))]
