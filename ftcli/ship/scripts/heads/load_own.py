"""Loads the network: `network()`. Its class is in `modeling.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import transformers

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import modeling  # noqa: E402


def network() -> Any:
    """The class in `modeling.py`, in eval mode; transformers' own functions then know it, too."""
    settings = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
    transformers.AutoConfig.register(modeling.Config.model_type, modeling.Config, exist_ok=True)
    getattr(transformers, settings["class"]).register(modeling.Config, modeling.Model, exist_ok=True)
    return modeling.Model.from_pretrained(HERE).eval()
