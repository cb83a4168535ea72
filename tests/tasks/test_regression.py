"""Numbers of images, texts and sounds."""

from __future__ import annotations

import pytest
import torch

from ftcli.contracts import Target
from ftcli.models.heads import Classifier
from ftcli.tasks.regression import AudioRegression, ImageRegression, TextRegression
from tests.tasks.cases import CASES, made

NAMES = ("audio-regression", "image-regression", "text-regression")


@pytest.mark.parametrize("name", NAMES)
def test_one_output_in_the_unit_of_the_training_numbers(name: str) -> None:
    task = made(name)
    model = task.attach(CASES[name].backbone())
    assert isinstance(model, Classifier)
    batch = task.collate([task.encode(one) for one in CASES[name].examples()], training=False)
    assert batch.targets.tolist() == [-1.0, 1.0]  # of 1 and 5, with mean 3 and standard deviation 2
    outputs = torch.tensor([[0.0], [1.0]])
    assert [one.label for one in task.predictions(model, batch, outputs)] == [3.0, 5.0]


def test_each_reads_its_own_inputs_and_refuses_classes() -> None:
    assert len({one.inputs for one in (AudioRegression, ImageRegression, TextRegression)}) == 3
    one = made("image-regression")
    with pytest.raises(ValueError, match="wants a number, and the target is single-label"):
        ImageRegression(Target("single-label", ("a", "b")), one._inputs.preprocess, one.head, one._loss)
