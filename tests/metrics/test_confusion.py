"""Accuracy and macro figures against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from ftcli.metrics.confusion import Confusion
from ftcli.metrics.ranking import AUROC
from tests.metrics.samples import (
    NAMES,
    scored,
    single,
)

# ----------------------------------------------------------------------------------------------- single label


MACRO = ("precision_macro", "recall_macro", "f1_macro")


def test_confusion_agrees_with_scikit_learn() -> None:
    logits, targets = single()
    confusion = Confusion(NAMES)
    figures = scored(confusion, logits, targets)
    said = logits.argmax(1)
    assert figures.pop("accuracy") == sk.accuracy_score(targets, said)
    macro = sk.precision_recall_fscore_support(targets, said, average="macro", zero_division=0)[:3]
    assert figures == pytest.approx(dict(zip(MACRO, macro, strict=True)), abs=1e-15)
    expected = sk.confusion_matrix(targets, said, labels=range(7))
    np.testing.assert_array_equal(confusion.matrix.numpy(), expected)


def test_a_class_that_does_not_occur_is_not_averaged() -> None:
    perfect = scored(Confusion(NAMES), torch.eye(7)[:2], torch.tensor([0, 1]))
    assert perfect == {"accuracy": 1.0, "precision_macro": 1.0, "recall_macro": 1.0, "f1_macro": 1.0}


def test_a_single_class_is_always_right() -> None:
    figures = scored(Confusion(("only",)), torch.zeros(3, 1), torch.zeros(3, dtype=torch.int64))
    assert set(figures.values()) == {1.0}
    assert scored(AUROC(), torch.zeros(3, 1), torch.zeros(3, dtype=torch.int64)) == {}
