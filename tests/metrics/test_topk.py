"""Top-k accuracy against scikit-learn."""

from __future__ import annotations

from sklearn import metrics as sk

from ftcli.metrics.topk import TopK
from tests.metrics.samples import (
    scored,
    single,
)

# ----------------------------------------------------------------------------------------------- single label


def test_top_k_agrees_with_scikit_learn() -> None:
    logits, targets = single()
    expected = sk.top_k_accuracy_score(targets, logits, k=5, labels=range(7))
    assert scored(TopK(), logits, targets) == {"top5_accuracy": expected}
