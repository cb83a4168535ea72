from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from ftcli.metrics.overlap import Overlap
from tests.metrics.samples import segmented

NAMES = tuple("abcdefg")


def test_overlap_agrees_with_scikit_learn() -> None:
    logits, masks = segmented()
    overlap = Overlap(NAMES)
    overlap.update(logits, masks)
    counted = masks >= 0
    said, true = logits.argmax(1)[counted], masks[counted]
    each = sk.jaccard_score(true, said, labels=range(7), average=None, zero_division=0)
    figures = overlap.compute()
    assert figures["pixel_accuracy"] == sk.accuracy_score(true, said)
    assert figures["miou"] == pytest.approx(each[:6].mean())  # the seventh class does not occur
    assert [row["iou"] for row in overlap.table()] == pytest.approx(each.tolist())
    recall = sk.recall_score(true, said, labels=range(7), average=None, zero_division=0)
    assert [row["accuracy"] for row in overlap.table()] == pytest.approx(recall.tolist())
    assert [row["pixels"] for row in overlap.table()] == np.bincount(true, minlength=7).tolist()
    assert [row["class"] for row in overlap.table()] == list(NAMES)


def test_what_is_predicted_for_ignored_pixels_changes_nothing() -> None:
    logits, masks = segmented()
    one, other = Overlap(NAMES), Overlap(NAMES)
    one.update(logits, masks)
    other.update(
        torch.where((masks < 0).unsqueeze(1), logits.flip(1), logits), torch.where(masks < 0, -100, masks)
    )
    assert torch.equal(one.matrix, other.matrix)
    assert int(one.matrix.sum()) == int((masks >= 0).sum()) < masks.numel()


def test_images_with_nothing_but_ignored_pixels_give_no_figures() -> None:
    logits, masks = segmented()
    overlap = Overlap(NAMES)
    overlap.update(logits, torch.full_like(masks, -1))
    assert overlap.compute() == {}
