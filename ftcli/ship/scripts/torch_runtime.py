"""Runs the networks of this folder: needs torch and NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

FOLDER = Path(__file__).parent


@cache
def program(part: str) -> Callable[..., Any]:
    """The network in PART.pt2."""
    with suppress(ImportError):  # of which some networks have operators
        import_module("torchvision")
    return torch.export.load(FOLDER / f"{part}.pt2").module(check_guards=False)


@torch.no_grad()
def run(part: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What a network gives for the tensors of a batch, by name."""
    given = program(part)(**{name: torch.from_numpy(value) for name, value in inputs.items()})
    outputs = given if isinstance(given, Mapping) else {"outputs": given}
    return {name: value.numpy() for name, value in outputs.items()}
