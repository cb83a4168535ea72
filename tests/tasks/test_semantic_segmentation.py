"""Masks through training and evaluation."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ftcli.config.schema import Head
from ftcli.contracts import Encoded, ImagePreprocess, Target
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.tasks.semantic_segmentation import SemanticSegmentation
from tests.passes import loss_of, scored
from tests.tasks.cases import CASES, made

NAME = "semantic-segmentation"


def encoded(task: Any) -> list[Encoded]:
    return [task.encode(one) for one in CASES[NAME].examples()]


def test_masks_have_the_size_of_the_network_in_training_and_their_own_in_evaluation() -> None:
    task = made(NAME)
    assert task.collate(encoded(task), training=True).targets.shape == (2, 8, 8)
    assert [mask.shape for mask in task.collate(encoded(task), training=False).targets] == [(9, 9), (9, 9)]


@pytest.mark.parametrize("seed", range(4))
def test_a_mask_is_augmented_as_its_image(seed: int) -> None:
    """The dark half of each image is ground, whatever part of it is left and however it is mirrored."""
    target = Target("mask", ("ground", "sky"), (1, 1), 2)
    preprocess = ImagePreprocess(
        8, 8, squash=True, mean=(0, 0, 0), std=(1, 1, 1), interpolation="nearest-exact"
    )
    task = SemanticSegmentation(target, preprocess, Head(), CrossEntropy(target=target), augment="flip")
    rows = [Encoded(one.id, one.inputs, one.target, seed) for one in encoded(task)]
    batch = task.collate(rows, training=True)
    bright = batch.inputs["pixels"].mean(dim=1) > 0.5
    # But for the row or column where the halves meet.
    assert (bright == (batch.targets == 1)).float().mean() > 0.85


def test_figures_compare_at_the_size_of_each_mask() -> None:
    task = made(NAME)
    model = task.attach(CASES[NAME].backbone()).eval()
    batch = task.collate(encoded(task), training=False)
    metrics = task.metrics()
    loss = scored(task, model, batch, metrics)
    assert loss.count.item() == 2 * 81
    assert [row["class"] for row in task.table(metrics)] == ["ground", "sky"]
    pairs = [*task.measured(model, batch, task.outputs(model, batch))]
    assert [chosen.shape for chosen, _ in pairs] == [(1, 9, 9)] * 2


def test_pixels_that_do_not_count_have_no_loss() -> None:
    task = made(NAME)
    model = task.attach(CASES[NAME].backbone()).eval()
    batch = task.collate(encoded(task), training=True)
    batch.targets[:, :, 4:] = -1
    assert loss_of(task, model, batch).count.item() == 64
    assert torch.isfinite(loss_of(task, model, batch).total)
