"""The inputs of a network by name, type and axes, for the form of each task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from ftcli.contracts import Batch, Example, ImagePreprocess, Target
from ftcli.losses.model_loss import ModelLoss
from ftcli.runs.inference.signature import Signature, TensorSpec, signature_of
from ftcli.tasks import OUTLINES, TASKS
from ftcli.tasks.object_detection import ObjectDetection
from tests.tasks.cases import CASES, made

IDS = TensorSpec("int64", ("batch", "length"))
EACH = TensorSpec("int64", ("batch",))
IMAGES = {"pixels": TensorSpec("float32", ("batch", 3, 8, 8))}
TEXTS = {"input_ids": IDS, "attention_mask": IDS}
SPECS = {
    ("audio", "transcriber"): {
        "values": TensorSpec("float32", ("batch", 16, 40)),
        "lengths": EACH,
        "decoder_input_ids": TensorSpec("int64", ("batch", 1)),
    },
    ("audio", "vector"): {"values": TensorSpec("float32", ("batch", "length", 32)), "lengths": EACH},
    # Images of at most 16 pixels, on the smallest canvas.
    ("image", "detector"): {
        "pixels": TensorSpec("float32", ("batch", 3, 32, 32)),
        "sizes": TensorSpec("int64", ("batch", 2)),
    },
    ("image", "maps"): IMAGES,
    ("image", "vector"): IMAGES,
    ("text", "causal"): TEXTS,
    ("text", "masked"): {**TEXTS, "token_type_ids": IDS, "counted": TensorSpec("bool", ("batch", "length"))},
    ("text", "seq2seq"): TEXTS,
    ("text", "synthesizer"): {**TEXTS, "speaker": EACH},
    ("text", "tokens"): {**TEXTS, "token_type_ids": IDS},
    ("text", "vector"): {**TEXTS, "token_type_ids": IDS},
}


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_signature(name: str) -> None:
    task, outline = made(name), OUTLINES[name]
    signature = signature_of(task)
    assert signature.inputs == SPECS[outline.inputs[0].name, outline.form]
    assert set(signature.sample) == set(signature.inputs)
    for key, value in signature.sample.items():
        spec = signature.inputs[key]
        assert str(value.dtype) == f"torch.{spec.dtype}"
        assert len(value) == 3
        assert all(
            size in (axis, 3) or isinstance(axis, str)
            for size, axis in zip(value.shape, spec.axes, strict=True)
        )
    # The network takes exactly these, but for decoders that begin from what only the network knows.
    if outline.form not in ("seq2seq", "synthesizer"):
        model = task.attach(CASES[name].backbone()).eval()
        with torch.no_grad():
            model(**signature.sample)


def test_images_of_any_size_have_two_dynamic_sides() -> None:
    target = Target("boxes", ("ant",), (1,), 1)
    task = ObjectDetection(target, ImagePreprocess(64, 64, longest=128), ModelLoss(target=target))
    assert signature_of(task).inputs["pixels"] == TensorSpec("float32", ("batch", 3, "length", "length_2"))


def test_axes_that_differ_are_dynamic() -> None:
    inputs = {"ids": IDS, "sizes": TensorSpec("int64", ("batch", 2))}
    signature = Signature(inputs, {})
    assert signature.dynamic_axes == {"ids": {0: "batch", 1: "length"}, "sizes": {0: "batch"}}


def test_a_length_is_not_taken_for_the_batch() -> None:
    """Two tokens and three, as many as there are examples."""

    class Tokens:
        def samples(self) -> tuple[Example, Example]:
            return Example("small", {"size": 2}), Example("large", {"size": 3})

        def encode(self, example: Example) -> Example:
            return example

        def collate(self, encoded: Sequence[Example], *, training: bool) -> Batch:
            return Batch(
                {"input_ids": torch.zeros(len(encoded), encoded[0].inputs["size"], dtype=torch.int64)}
            )

    task: Any = Tokens()
    assert signature_of(task).inputs == {"input_ids": IDS}
