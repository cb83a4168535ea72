"""Tiny runs, and servers for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ftcli
from tests.ship.serving.running import Running, running
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

HOSTILE = "<img src=x onerror=nosuch()>"
IMAGES = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4, augment: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: backbone
training: {epochs: 1, device: cpu, precision: fp32}
"""
TEXTS = """
task: text-classification
data: {train: reviews.csv, val: none, batch_size: 8, max_length: 16}
model: bert
training: {epochs: 1, device: cpu, precision: fp32}
"""


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opens a connection to another machine has failed."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test tried to connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="package")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, and the runs `images` and `texts`."""
    folder = tmp_path_factory.mktemp("served")
    tiny_data.split_folders(folder / "photos", {"train": 6, "val": 4}, classes=("blue", HOSTILE))
    tiny_data.table(folder / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(folder / "bert")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FTCLI_CACHE", str(folder / "cache"))
        for name, yaml in (("images", IMAGES), ("texts", TEXTS)):
            (folder / f"{name}.yaml").write_text(yaml)
            ftcli.train(f"{name}.yaml", f"output={folder / name}")
    return folder


@pytest.fixture(scope="package")
def images(trained: Path) -> Iterator[Running]:
    with running(ftcli.Predictor.open(trained / "images")) as found:
        yield found


@pytest.fixture(scope="package")
def texts(trained: Path) -> Iterator[Running]:
    with running(ftcli.Predictor.open(trained / "texts")) as found:
        yield found


@pytest.fixture(scope="package")
def photos(trained: Path) -> list[Path]:
    return sorted((trained / "photos" / "val").rglob("*.png"))
