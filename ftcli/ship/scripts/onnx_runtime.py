"""Runs the networks of this folder: needs onnxruntime and NumPy."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime

FOLDER = Path(__file__).parent
# The numbers of the weights: "" for float32, "int8" where such a file is in the folder.
PRECISION = os.environ.get("PRECISION", "")


@cache
def session(part: str) -> onnxruntime.InferenceSession:
    """The network in PART.onnx."""
    name = f"{part}.{PRECISION}.onnx" if PRECISION else f"{part}.onnx"
    return onnxruntime.InferenceSession(str(FOLDER / name), providers=["CPUExecutionProvider"])


def run(part: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What a network gives for the tensors of a batch, by name."""
    network = session(part)
    taken = {one.name: inputs[one.name] for one in network.get_inputs()}
    return dict(zip([one.name for one in network.get_outputs()], network.run(None, taken), strict=True))
