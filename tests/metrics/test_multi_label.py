"""Figures of many labels against scikit-learn."""

from __future__ import annotations

import pytest
import torch
from sklearn import metrics as sk

from ftcli.metrics.multi_label import MultiLabel
from tests.metrics.samples import (
    NAMES,
    multi,
    scored,
)

# ----------------------------------------------------------------------------------------------- single label


def test_multi_label_agrees_with_scikit_learn() -> None:
    logits, targets = multi()
    metric = MultiLabel(NAMES)
    figures = scored(metric, logits, targets)
    truth, said = targets.numpy().astype(int), (logits.sigmoid() >= 0.5).numpy().astype(int)
    assert figures.pop("exact_match") == sk.accuracy_score(truth, said) > 0
    expected: dict[str, float] = {}
    for average in ("micro", "macro"):
        found = sk.precision_recall_fscore_support(truth, said, average=average, zero_division=0)
        expected |= {
            f"{name}_{average}": value
            for name, value in zip(("precision", "recall", "f1"), found, strict=False)
        }
    assert figures == pytest.approx(expected, abs=1e-15)
    columns = sk.precision_recall_fscore_support(truth, said, average=None, zero_division=0)
    for name, column in zip(("precision", "recall", "f1", "support"), columns, strict=True):
        assert [row[name] for row in metric.table()] == pytest.approx(column.tolist(), abs=1e-15)


def test_examples_without_any_class_can_be_right() -> None:
    figures = scored(MultiLabel(NAMES), torch.full((3, 7), -1.0), torch.zeros(3, 7))
    assert figures == {"exact_match": 1.0, "precision_micro": 0.0, "recall_micro": 0.0, "f1_micro": 0.0}
