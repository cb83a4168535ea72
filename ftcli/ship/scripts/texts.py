"""Texts as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.padding import tensors
from ftcli.ship.scripts.tokenizer import tokenise


def batch(inputs: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """`input_ids`, `attention_mask` and perhaps `token_type_ids`, int64 (B, longest)."""
    texts = [
        (one["text"], one["text_pair"]) if one.get("text_pair") is not None else one["text"] for one in inputs
    ]
    made = tokenise(texts)
    return tensors([one.ids for one in made], [one.type_ids for one in made])
