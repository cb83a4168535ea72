"""Cross-entropy against PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional as F

from ftcli.losses.cross_entropy import CrossEntropy
from tests.losses.samples import COUNTS, SINGLE, classes, logits, mean

# ---------------------------------------------------------------------------------------------- cross-entropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, (0.5, 1.0, 4.0)])
def test_cross_entropy_over_count_is_torchs_mean(smoothing: float, weights: tuple[float, ...] | None) -> None:
    ours = CrossEntropy(target=SINGLE, label_smoothing=smoothing, class_weights=weights)(logits(), classes())
    weight = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    torchs = F.cross_entropy(logits(), classes(), weight, label_smoothing=smoothing)
    torch.testing.assert_close(mean(ours), torchs)


def test_balanced_class_weights_are_scikit_learns() -> None:
    ours = CrossEntropy(target=SINGLE, class_weights="balanced")(logits(), classes())
    labels = np.repeat(np.arange(3), COUNTS)
    weight = torch.from_numpy(compute_class_weight("balanced", classes=np.arange(3), y=labels))
    torchs = F.cross_entropy(logits(), classes(), weight, reduction="sum")
    torch.testing.assert_close(ours.total, torchs, rtol=1e-6, atol=0)
    torch.testing.assert_close(ours.count, weight[classes()].sum(), rtol=1e-6, atol=0)
