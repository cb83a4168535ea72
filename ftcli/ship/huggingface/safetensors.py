"""Export `safetensors`: the weights under the names that they have in the library of the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.writer import writer_of


class SafetensorsExporter:
    """`model.safetensors`, and `load.py`, whose `network()` loads it."""

    def write(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """Fill `folder`; gives notes for the user. Raises `ExportError` for a network that it cannot write."""
        return writer_of(predictor).weights(predictor, folder)
