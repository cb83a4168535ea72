"""What a transformers model gives for a batch of texts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def outputs(model: Any, inputs: dict[str, Any]) -> Tensor:
    """Logits for `input_ids`, `attention_mask` and perhaps `token_type_ids`, each (B, T)."""
    found: Tensor = model(**{name: torch.as_tensor(value) for name, value in inputs.items()}).logits
    return found
