from __future__ import annotations

import torch

from ftcli.models.backbones.pooling import pool_first, pool_last, pool_mean, token_positions

HIDDEN = torch.tensor([[[1.0], [3.0], [9.0]], [[9.0], [5.0], [7.0]]])
MASK = torch.tensor([[1, 1, 0], [0, 1, 1]])  # padding on the right, and on the left


def test_padding_on_either_side_is_left_out() -> None:
    assert pool_mean(HIDDEN, MASK).tolist() == [[2.0], [6.0]]
    assert pool_mean(HIDDEN, MASK.bool()).tolist() == [[2.0], [6.0]]
    assert pool_first(HIDDEN, MASK).tolist() == [[1.0], [5.0]]
    assert pool_last(HIDDEN, MASK).tolist() == [[3.0], [7.0]]


def test_positions_count_tokens_only() -> None:
    assert token_positions(MASK).tolist() == [[0, 1, 1], [0, 0, 1]]
