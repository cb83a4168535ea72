"""A trained model in memory: what stands on it, and what can be built on it."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

import ftcli as package
from ftcli import Example, Predictor
from ftcli.config.schema import Model
from ftcli.errors import DataError, RunError
from ftcli.models.network import Network
from ftcli.runs.inference.signature import TensorSpec
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

IMAGES = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4, augment: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: backbone
training: {epochs: 2, device: cpu, precision: fp32, keep_state: true}
"""
TEXTS = """
task: text-classification
data: {train: reviews.csv, val: 0.25, batch_size: 4, max_length: 16}
model: bert
training: {epochs: 1, device: cpu, precision: fp32}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data, and the runs `images`, with a frozen backbone, and `texts`."""
    folder = tmp_path_factory.mktemp("trained")
    tiny_data.split_folders(folder / "photos", {"train": 6, "val": 4})
    tiny_data.table(folder / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(folder / "bert")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FTCLI_CACHE", str(folder / "cache"))
        for name, yaml in (("images", IMAGES), ("texts", TEXTS)):
            (folder / f"{name}.yaml").write_text(yaml)
            assert package.train(f"{name}.yaml", f"output={folder / name}") == folder / name
    return folder


def pictures(folder: Path) -> list[dict[str, Any]]:
    return [{"image": path} for path in sorted((folder / "photos" / "val").rglob("*.png"))]


REVIEWS = [{"text": "a good film"}, {"text": "bad food"}, {"text": "the room was dirty and the food was bad"}]


# ------------------------------------------------------------------------------------------------ what it predicts


def test_predictions_are_those_of_the_command(trained: Path, ftcli: Command) -> None:
    shown = ftcli.ok("predict", trained / "images", *(one["image"] for one in pictures(trained)))
    found = Predictor.open(trained / "images").predict(pictures(trained))
    rows = [*csv.DictReader(shown.splitlines())]
    assert [one.label for one in found] == [row["label"] for row in rows]
    assert [f"{one.probability:.6f}" for one in found] == [f"{float(row['probability']):.6f}" for row in rows]


def test_examples_come_back_in_their_order_whatever_the_batches(trained: Path) -> None:
    predictor = Predictor.open(trained / "texts")
    together = predictor.predict(REVIEWS * 3)
    alone = [predictor.predict([one])[0] for one in REVIEWS * 3]
    assert [one.id for one in together] == list("012345678")
    assert [one.label for one in together] == [one.label for one in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-6)


def test_an_example_keeps_its_id_and_its_target_is_not_looked_at(trained: Path) -> None:
    predictor = Predictor.open(trained / "texts")
    (one,) = predictor.predict([Example("mine", REVIEWS[0], "no class of the run")])
    assert one.id == "mine"
    assert one.label in predictor.target.classes
    assert predictor.predict([]) == []


def test_mistakes_are_answers(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not"):
        Predictor.open(tmp_path)
    with pytest.raises(DataError, match=r"0: 3 is not a text"):
        Predictor.open(trained / "texts").predict([{"text": 3}])
    with pytest.raises(DataError, match=r"1: has no input 'text'. It has: txt. Known are: text, text_pair"):
        Predictor.open(trained / "texts").predict([REVIEWS[0], {"txt": "a"}])
    with pytest.raises(DataError, match=r"0: has inputs that this model does not take. It has: text, image"):
        Predictor.open(trained / "texts").batch([{"text": "a", "image": "b"}])


def test_the_package_is_imported_without_torch() -> None:
    code = "import sys, ftcli; assert 'torch' not in sys.modules; from ftcli import Predictor, train"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="nothing"):
        package.nothing  # noqa: B018


# ------------------------------------------------------------------------------------------------- what it takes


def test_a_signature_has_the_axes_that_differ(trained: Path) -> None:
    images, texts = (Predictor.open(trained / name).signature() for name in ("images", "texts"))
    assert images.inputs == {"pixels": TensorSpec("float32", ("batch", 3, 32, 32))}
    ids = TensorSpec("int64", ("batch", "length"))
    assert texts.inputs == dict.fromkeys(("input_ids", "attention_mask", "token_type_ids"), ids)
    assert texts.dynamic_axes["input_ids"] == {0: "batch", 1: "length"}
    assert texts.sample["input_ids"].shape[0] == 3


# -------------------------------------------------------------------------------------------- what stands on it


def test_an_explanation_finds_the_pixels_that_decide(trained: Path) -> None:
    """The gradient of a class by the pixels, through all blocks, though the run computed the frozen ones apart."""
    predictor = Predictor.open(trained / "images")
    predictor.predict(pictures(trained))
    batch = predictor.batch(pictures(trained)[:1])
    pixels: Tensor = batch.inputs["pixels"].requires_grad_()
    logits = predictor.outputs(batch)
    logits[0, 0].backward()
    assert pixels.grad is not None
    strongest = pixels.grad.abs().sum(1).flatten().argmax()
    step = torch.zeros_like(pixels)
    step.flatten(2)[..., strongest] = pixels.grad.flatten(2)[..., strongest].sign()
    batch.inputs["pixels"].data.add_(step, alpha=1e-3)
    assert predictor.outputs(batch)[0, 0] > logits[0, 0]


@pytest.mark.filterwarnings("ignore:# The axis name")
def test_an_exported_network_gives_the_same_outputs(trained: Path, tmp_path: Path) -> None:
    predictor = Predictor.open(trained / "texts")
    signature, file = predictor.signature(), tmp_path / "texts.onnx"
    inputs = dict(signature.sample)
    torch.onnx.export(
        predictor.model, (), file, kwargs=inputs, input_names=list(inputs), output_names=["logits"],
        dynamic_shapes={"inputs": signature.dynamic_axes}, dynamo=True, verbose=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(file)
    for examples in (REVIEWS, REVIEWS[:1]):
        batch = predictor.batch(examples)
        (logits,) = session.run(None, {name: value.numpy() for name, value in batch.inputs.items()})
        np.testing.assert_allclose(logits, predictor.outputs(batch).detach().numpy(), atol=1e-5)


def test_a_temperature_softens_probabilities_and_keeps_labels(trained: Path) -> None:
    predictor = Predictor.open(trained / "images")
    batch = predictor.batch(pictures(trained))
    outputs = predictor.outputs(batch).detach()
    sharp, soft = (predictor.task.predictions(predictor.model, batch, outputs / heat) for heat in (1.0, 4.0))
    assert [one.label for one in sharp] == [one.label for one in soft]
    assert [one.label for one in sharp] == [one.label for one in predictor.predict(pictures(trained))]
    for one, other in zip(sharp, soft, strict=True):
        assert 1 / len(predictor.target.classes) <= (other.probability or 0) < (one.probability or 0)


# ----------------------------------------------------------------------------------------------- the adapt step


class LowRank(nn.Linear):
    """A linear layer and an update of rank 1, which starts at zero."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__(layer.in_features, layer.out_features)
        self.load_state_dict(layer.state_dict())
        self.down = nn.Parameter(torch.full((1, layer.in_features), 0.1))
        self.up = nn.Parameter(torch.zeros(layer.out_features, 1))

    def forward(self, values: Tensor) -> Tensor:
        return super().forward(values) + values @ self.down.T @ self.up.T


def adapt(network: Network, model: Model) -> None:
    net: Any = network.backbone
    for layer in net.net.encoder.layer:
        layer.attention.self.query = LowRank(layer.attention.self.query)


def test_a_network_is_adapted_before_weights_are_loaded(
    trained: Path, ftcli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained)
    monkeypatch.setattr("ftcli.runs.assembly.ADAPTERS", [adapt])
    ftcli.ok("train", "texts.yaml", "output=adapted", "training.keep_state=true", "training.probe=no")
    predictor = Predictor.open("adapted")
    moved = {
        name
        for name, value in predictor.model.named_parameters()
        if name.endswith("query.up") and value.any()
    }
    assert len(moved) == 2
    assert predictor.predict(REVIEWS)
    ftcli.ok("train", "--resume", "adapted", "training.epochs=2")
    monkeypatch.setattr("ftcli.runs.assembly.ADAPTERS", [])
    assert "query.up" in ftcli.refused("eval", "adapted")
