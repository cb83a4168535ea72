"""The networks that the tests of this folder share."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.tiny.segmenters import SEGMENTERS

TORCHVISION = ["lraspp_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("segmenters")
    return {name: make(root / name) for name, make in SEGMENTERS.items()}


def pixels(size: int = 64) -> Tensor:
    return torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
