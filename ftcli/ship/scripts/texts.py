"""Texts as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.padding import tensors
from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.tokenizer import tokenise


def batch(inputs: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """`input_ids`, `attention_mask` and perhaps `token_type_ids`, int64 (B, longest)."""
    before = SETTINGS.get("prefix", "")
    pairs = [(before + one["text"], one.get("text_pair")) for one in inputs]
    made = tokenise([text if other is None else (text, other) for text, other in pairs])
    return tensors([one.ids for one in made], [one.type_ids for one in made])
