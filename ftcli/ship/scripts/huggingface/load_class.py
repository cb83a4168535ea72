"""Loads the network: `network()`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import transformers

HERE = Path(__file__).resolve().parent


def network() -> Any:
    """A class of transformers itself, in eval mode."""
    settings = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
    auto = getattr(transformers, settings["class"])
    return auto.from_pretrained(HERE, trust_remote_code=False).eval()
