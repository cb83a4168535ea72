"""ftcli fine-tunes pre-trained models from one YAML file.

import ftcli

run = ftcli.train("flowers.yaml", "training.epochs=5")
ftcli.Predictor.open(run).predict([{"image": "a.jpg"}])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftcli.contracts import Example as Example
    from ftcli.contracts import Prediction as Prediction
    from ftcli.runs.inference.predictor import Predictor as Predictor
    from ftcli.runs.train import train as train

__all__ = ["Example", "Prediction", "Predictor", "train"]
__version__ = "0.1.0"

# Where the public names are: torch is imported when one of them is first used.
_PUBLIC = {
    "Example": "ftcli.contracts",
    "Prediction": "ftcli.contracts",
    "Predictor": "ftcli.runs.inference.predictor",
    "train": "ftcli.runs.train",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
