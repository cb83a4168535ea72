"""The YAML that `ftcli init` writes. What is found in data is tested in tests/data/discovery."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from huggingface_hub import constants

from ftcli.cli.starter import Starter, Wishes
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import sounds


@pytest.fixture(autouse=True)
def caches(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty caches of Hugging Face and torch."""
    folder = tmp_path_factory.mktemp("caches")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setenv("TORCH_HOME", str(folder))
    return folder


def downloaded(caches: Path, name: str) -> None:
    """The model is in its cache."""
    folder = caches / f"models--{name.replace('/', '--')}" / "snapshots/0"
    folder.mkdir(parents=True)
    for file in ("config.json", "model.safetensors"):
        (folder / file).touch()


def test_init_names_a_model_that_is_here(ftcli: Command, workplace: Path, caches: Path) -> None:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(12))
    usual = "distilbert-base-uncased"
    assert f"model: {usual}  # will be downloaded from huggingface.co" in ftcli.ok("init", "reviews.csv")
    downloaded(caches, "t5-small")
    downloaded(caches, "BAAI/bge-small-en-v1.5")
    words = f"on this machine; the usual {usual} would be downloaded"
    assert f"model: BAAI/bge-small-en-v1.5  # {words}" in ftcli.ok("init", "reviews.csv")
    downloaded(caches, usual)
    assert f"model: {usual}  # on this machine;" in ftcli.ok("init", "reviews.csv")
    tiny_data.class_folders(workplace / "photos")
    shown = ftcli.ok("init", "photos")
    assert "model: torchvision/resnet50  # will be downloaded from download.pytorch.org" in shown
    (caches / "hub/checkpoints").mkdir(parents=True)
    (caches / "hub/checkpoints/resnet18-f37072fd.pth").touch()
    assert "model: torchvision/resnet18  # on this machine" in ftcli.ok("init", "photos")


def test_init_looks_into_the_only_folder(ftcli: Command, workplace: Path) -> None:
    sounds.named_files(workplace / "fsdd/recordings")
    (workplace / "fsdd/README.md").write_text("x")
    assert "source: fsdd/recordings" in ftcli.ok("init", "fsdd")
    (workplace / "more/inner").mkdir(parents=True)
    tiny_data.table(workplace / "more/inner/train.csv", tiny_data.reviews(12))
    assert "source: more\n" in ftcli.ok("init", "more")
    (workplace / "empty/inner").mkdir(parents=True)
    assert "empty: no images in its 1 folder" in ftcli.refused("init", "empty")


def test_init_sees_chinese(ftcli: Command, workplace: Path) -> None:
    rows = [{"review": f"房间很好，服务也不错 {n}", "label": str(n % 2)} for n in range(12)]
    tiny_data.table(workplace / "hotels.csv", rows)
    assert "model: bert-base-chinese" in ftcli.ok("init", "hotels.csv")


def test_names_from_the_data_cannot_steer_the_terminal(tmp_path: Path) -> None:
    tiny_data.class_folders(tmp_path / "photos", classes=("blue", "red\x1b[31m"), per_class=4)
    text = Starter.of(str(tmp_path / "photos"), Wishes(), download=True).commented()
    assert "\x1b" not in text
    assert yaml.safe_load(text)["data"] == {"source": str(tmp_path / "photos")}
