"""AUROC and Spearman's correlation against scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn import metrics as sk

from ftcli.metrics.ranking import AUROC, Spearman
from tests.metrics.samples import (
    ROWS,
    multi,
    normal,
    numbers,
    scored,
    single,
)

# ----------------------------------------------------------------------------------------------- single label


def test_auroc_agrees_with_scikit_learn_where_every_class_occurs() -> None:
    logits, targets = single()
    logits, targets = logits.double()[:, :6], torch.cat([targets[:-6], torch.arange(6)])
    expected = sk.roc_auc_score(targets, logits.softmax(1), multi_class="ovr", average="macro")
    assert scored(AUROC(), logits, targets) == pytest.approx({"auroc": expected})


def test_auroc_of_two_classes_is_the_usual_one() -> None:
    logits, targets = normal(ROWS, 2).double(), torch.arange(ROWS) % 2
    expected = sk.roc_auc_score(targets, logits.softmax(1)[:, 1])
    assert scored(AUROC(), logits, targets) == pytest.approx({"auroc": expected})


def test_auroc_leaves_out_an_absent_class() -> None:
    logits, targets = single()
    scores = logits.double().log_softmax(1)
    areas = [sk.roc_auc_score(targets == c, scores[:, c]) for c in range(6)]
    assert scored(AUROC(), logits, targets) == pytest.approx({"auroc": np.mean(areas)})


def test_auroc_of_many_labels_agrees_with_scikit_learn() -> None:
    logits, targets = multi()
    expected = sk.roc_auc_score(targets, logits, average="macro")
    assert scored(AUROC(), logits, targets) == pytest.approx({"auroc": expected})


def test_spearman_agrees_with_scipy() -> None:
    outputs, targets = numbers()
    targets = targets.round()  # with ties
    expected = spearmanr(outputs, targets).statistic
    assert scored(Spearman(), outputs.unsqueeze(1), targets) == pytest.approx({"spearman": expected})
