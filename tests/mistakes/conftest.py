"""Data, models and runs that are right, for mistakes to be made with."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from ftcli.runs.train import train
from tests.mistakes.case import IMAGES, TEXTS
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy from."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("made")
    tiny_data.split_folders(folder / "photos", {"train": 4, "val": 2})
    tiny_data.table(folder / "reviews.csv", tiny_data.reviews(16))
    tiny_models.bert(folder / "bert")
    tiny_models.vit(folder / "vit")
    return folder


@pytest.fixture(scope="session")
def runs(made: Path) -> Path:
    """A folder with the finished runs `images` and `texts`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        for name, yaml in (("images", IMAGES), ("texts", TEXTS)):
            (made / f"{name}.yaml").write_text(yaml)
            train(f"{name}.yaml", "training.keep_state=true")
    return made / "runs"


@pytest.fixture
def photos(workplace: Path, made: Path) -> Path:
    """The current folder, with images."""
    shutil.copytree(made / "photos", workplace / "photos")
    return workplace


@pytest.fixture
def texts(workplace: Path, made: Path) -> Path:
    """The current folder, with texts and a model for them."""
    shutil.copy(made / "reviews.csv", workplace)
    shutil.copytree(made / "bert", workplace / "bert")
    return workplace


@pytest.fixture
def unplugged(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A machine without a network, and without anything that was downloaded before."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("the network is unplugged")

    empty = tmp_path_factory.mktemp("empty")
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("TORCH_HOME", str(empty))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(empty))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
