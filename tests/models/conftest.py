"""The tiny models that the tests of this room share, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone, Form
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from tests.tiny import models as tiny

torch.set_num_threads(1)  # the models are tiny; threads would only wait for each other


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Hugging Face folders by kind: `text/bert`, `image/vit`, ..."""
    root = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    texts = {f"text/{name}": make(root / f"text-{name}") for name, make in tiny.TEXTS.items()}
    images = {f"image/{name}": make(root / f"image-{name}") for name, make in tiny.IMAGES.items()}
    return texts | images


def load(
    backbone: str,
    modality: str,
    *,
    weights: str | None = None,
    pooling: str | None = None,
    image_size: int | None = None,
    max_length: int | None = None,
    form: Form = "vector",
) -> Backbone:
    """`load_backbone` with the keys of the `model` section, written on line 3."""
    model = Model(backbone=backbone, weights=weights, pooling=pooling)
    places = Places({"model": "x.yaml:3"})
    return load_backbone(form, Request(model, modality, image_size, max_length, places))


@pytest.fixture
def weights_file(tmp_path: Path) -> str:
    """Weights of a small torchvision model."""
    return tiny.torchvision_weights(tmp_path / "weights.safetensors")
