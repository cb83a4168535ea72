"""The whole network in one file."""

from __future__ import annotations

import numpy as np

from ftcli.ship.scripts.onnx_runtime import run
from ftcli.ship.scripts.settings import SETTINGS


def network(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs for a batch of tensors."""
    return run("model", {name: inputs[name] for name in SETTINGS["tensors"]})
