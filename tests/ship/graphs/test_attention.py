"""Attention as matrix products is PyTorch's own, to the last place of an empty row."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from ftcli.ship.graphs.attention import attention

BLIND = torch.ones(2, 1, 5, 5, dtype=torch.bool).tril()
BLIND[0, :, :2] = False  # padding before a text sees nothing


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"attn_mask": BLIND},
        {"attn_mask": torch.zeros(2, 1, 5, 5).masked_fill(~BLIND, -torch.inf), "scale": 0.3},
    ],
)
def test_attention(options: dict[str, Any]) -> None:
    query, key, value = torch.randn(3, 2, 4, 5, 8, generator=torch.Generator().manual_seed(0))
    wanted = scaled_dot_product_attention(query, key, value, **options)
    assert torch.allclose(attention(query, key, value, **options), wanted, atol=1e-6)


def test_fewer_keys_than_queries() -> None:
    query, (key, value) = torch.randn(2, 4, 5, 8), torch.randn(2, 2, 2, 5, 8)
    wanted = scaled_dot_product_attention(query, key, value, enable_gqa=True)
    assert torch.allclose(attention(query, key, value, enable_gqa=True), wanted, atol=1e-6)
