from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import load_file
from torchvision import models

from ftcli.config.places import Places
from ftcli.errors import ConfigError, WeightsError
from ftcli.models.pretrained.torchvision_weights import EMBEDDED, find_weights, modern_names
from tests.models.conftest import load
from tests.tiny.models import torchvision_weights


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no network."""

    def download(url: str, *_: object, **__: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    return tmp_path / "checkpoints"


def test_imagenet_is_the_default_and_means_the_default_weights() -> None:
    for weights in (None, "imagenet", "IMAGENET1K_V2"):
        assert find_weights("resnet50", weights, Places()).label == "IMAGENET1K_V2"
    assert find_weights("resnet50", "IMAGENET1K_V1", Places()).transforms.resize_size == [256]
    assert find_weights("resnet50", "none", Places()).read is None


def test_weights_without_a_classifier_are_not_offered() -> None:
    with pytest.raises(ConfigError, match="Names: imagenet, none, IMAGENET1K_V1, "):
        find_weights("vgg16", "IMAGENET1K_FEATURES", Places())


def test_a_missing_download_says_what_where_and_how(cache: Path) -> None:
    with pytest.raises(WeightsError) as error:
        load("torchvision/shufflenet_v2_x0_5", "image")
    for words in (
        "shufflenetv2_x0.5-f707e7126e.pth",
        str(cache),
        "https://download.pytorch.org",
        "no network",
    ):
        assert words in str(error.value)


def test_the_cache_is_read_and_may_be_damaged(cache: Path) -> None:
    file = cache / "shufflenetv2_x0.5-f707e7126e.pth"
    torchvision_weights(file)
    assert (
        load("torchvision/shufflenet_v2_x0_5", "image").source
        == "torchvision/shufflenet_v2_x0_5@IMAGENET1K_V1"
    )
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=f"{file.name}: truncated"):
        load("torchvision/shufflenet_v2_x0_5", "image")


def test_densenets_old_names() -> None:
    with torch.device("meta"):
        new = models.densenet121(weights=None).state_dict()
    old = {
        name.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): value for name, value in new.items()
    }
    assert old.keys() != new.keys()
    assert modern_names(old).keys() == new.keys()


# ------------------------------------------------------------------------- the weights that the package carries

NETWORKS = {"digits-0-4": "shufflenet_v2_x0_5"}


def test_every_embedded_file_has_its_network() -> None:
    assert set(EMBEDDED) == set(NETWORKS)


@pytest.mark.parametrize("name", EMBEDDED)
def test_embedded_weights_load_strictly(name: str) -> None:
    backbone = load(f"torchvision/{NETWORKS[name]}", "image", weights=name, image_size=64)
    with as_file(files("ftcli") / "assets" / EMBEDDED[name]) as path:
        assert path.stat().st_size < 2e6
        state = load_file(path)
    loaded = {key.removeprefix("net."): value for key, value in backbone.module.state_dict().items()}
    assert loaded.keys() == state.keys()
    assert all(torch.equal(loaded[key], state[key]) for key in state)


def test_embedded_weights_on_another_network_are_refused() -> None:
    with pytest.raises(WeightsError, match="missing"):
        load("torchvision/resnet18", "image", weights="digits-0-4", image_size=64)
