"""Attention as matrix products, for formats that know no attention of PyTorch's own, or another one."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """As `torch.nn.functional.scaled_dot_product_attention` in evaluation: what sees nothing gets zeros."""
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        key, value = (one.repeat_interleave(groups, -3) for one in (key, value))
    scores = query @ key.transpose(-2, -1) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        rows, columns = (torch.arange(one.shape[-2], device=query.device) for one in (query, key))
        scores = scores.masked_fill(rows[:, None] < columns, -math.inf)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -math.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    blind = (scores == -math.inf).all(-1, keepdim=True)
    made = scores.softmax(-1).masked_fill(blind, 0.0) @ value
    # In memory as the original has it, on which views that follow may depend.
    return made.transpose(-3, -2).contiguous().transpose(-3, -2) if made.dim() > 3 else made


# What takes the place of which operator.
DECOMPOSITIONS = {torch.ops.aten.scaled_dot_product_attention.default: attention}
