"""The weights that the package carries: small, and a strict fit for the network that the configurations name."""

from __future__ import annotations

from importlib.resources import as_file, files

import pytest
import torch
from safetensors.torch import load_file

from ftcli.errors import WeightsError
from ftcli.models.pretrained.torchvision_weights import EMBEDDED
from tests.models.conftest import load

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
