"""Mean squared error against PyTorch's."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ftcli.losses.mse import MSE
from tests.losses.samples import NUMBER, logits, mean

# ---------------------------------------------------------------------------------------------- cross-entropy


def test_mse_over_count_is_torchs_mean() -> None:
    outputs, numbers = logits(columns=1), logits(columns=1, seed=5).squeeze(1)
    torch.testing.assert_close(mean(MSE(target=NUMBER)(outputs, numbers)), F.mse_loss(outputs[:, 0], numbers))
