"""The network that is proposed where the user names none."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import constants

from ftcli.models.catalogue import entries
from ftcli.models.proposal import Wanted, propose

FILES = {one.name: one.file for one in entries() if one.file is not None}


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty caches of Hugging Face and torch."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path


def downloaded(caches: Path, *names: str) -> None:
    """Networks of torchvision, and others of the hub, are in their caches."""
    for name in names:
        hub = caches / f"models--{name.replace('/', '--')}" / "snapshots/0"
        paths = [hub / "config.json", hub / "model.safetensors"]
        for path in [caches / "hub/checkpoints" / FILES[name]] if name in FILES else paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def photos(examples: int) -> Wanted:
    return Wanted("image", "vector", "torchvision/resnet50", examples)


def test_the_most_accurate_or_one_that_is_hardly_less(caches: Path) -> None:
    names = ("resnet18", "efficientnet_b0", "convnext_tiny", "resnet50", "vit_l_16")
    downloaded(caches, *(f"torchvision/{name}" for name in names))
    found = propose(photos(50_000), download=False)
    assert (found.model, found.note) == ("torchvision/convnext_tiny", None)
    assert found.reason == "on this machine: 82.5 % ImageNet top-1"
    # 80.9 with 25.6 million parameters is within three points of 82.5; 77.7 is not.
    assert propose(photos(240), download=False).model == "torchvision/resnet50"


def test_what_would_be_downloaded_is_said(caches: Path) -> None:
    downloaded(caches, "torchvision/resnet18")
    found = propose(photos(240), download=False)
    assert found.model == "torchvision/resnet18"
    assert found.reason.endswith("; the usual torchvision/resnet50 would be downloaded")


def test_other_weights_of_a_network_are_not_those_that_are_meant(caches: Path) -> None:
    (caches / "hub/checkpoints").mkdir(parents=True)
    (caches / "hub/checkpoints/resnet50-0676ba61.pth").touch()  # of 2016; imagenet means those of 2021
    assert propose(photos(240), download=False).note is not None


def test_a_small_one_from_nothing_or_the_usual_one(caches: Path) -> None:
    found = propose(photos(240), download=False)
    assert found.model == {"backbone": "torchvision/shufflenet_v2_x0_5", "weights": "none"}
    assert "--model torchvision/resnet50 downloads a far better one (98 MB)" in str(found.note)
    assert propose(photos(240), download=True).model == "torchvision/resnet50"


def test_without_figures_the_most_alike(caches: Path) -> None:
    downloaded(caches, "gpt2", "roberta-large", "bert-base-cased", "xlnet-base-cased")
    wanted = Wanted("text", "vector", "distilbert-base-uncased", 1000)
    assert propose(wanted, download=False).model == "bert-base-cased"
    assert (
        propose(Wanted("text", "vector", "bert-base-chinese", 9, chinese=True), download=False).note
        is not None
    )
