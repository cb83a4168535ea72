"""Data sets by name: torchvision's and Hugging Face's."""

from __future__ import annotations

import pickle
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data import SOURCES
from ftcli.data.sources.torchvision_datasets import Known
from ftcli.data.splits import open_splits
from ftcli.errors import DataError
from tests.tiny import data as tiny


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_name_has_a_training_split_and_a_class(name: str) -> None:
    from torchvision import datasets

    entry = SOURCES.load(name)
    assert entry(Data()).usual["train"] == "train"
    if isinstance(entry, Known):
        assert entry.name == name
        assert hasattr(datasets, entry.attribute)


def test_cifar10_from_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import CIFAR10

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (20, 3072), dtype=np.uint8)
    entry = {"data": pixels, "labels": [n % 2 for n in range(20)]}
    for name in ("train", "test"):
        (folder / name).write_bytes(pickle.dumps(entry))
    (folder / "meta").write_bytes(pickle.dumps({"label_names": ["plane", "car"]}))
    monkeypatch.setattr(CIFAR10, "train_list", [["train", None]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test", None]])
    monkeypatch.setattr(CIFAR10, "meta", {"filename": "meta", "key": "label_names", "md5": None})
    data = Data(source="cifar10", root=str(tmp_path), download=False)
    splits = open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={})
    assert splits.val is not None
    assert splits.test is not None
    assert (len(splits.train), len(splits.val), len(splits.test)) == (16, 4, 20)
    assert splits.target.classes == ("car", "plane")
    assert splits.test[3].target == "car"
    assert splits.test[3].inputs["image"].tolist() == pixels[3].reshape(3, 32, 32).transpose(1, 2, 0).tolist()


def test_eurosat_gives_paths(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path / "eurosat" / "2750", per_class=3)
    data = Data(source="eurosat", root=str(tmp_path), download=False, val=0.0)
    splits = open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={})
    assert splits.train[0].inputs["image"] == tmp_path / "eurosat" / "2750" / "blue" / "0.png"


def test_a_data_set_that_is_not_there(tmp_path: Path) -> None:
    data = Data(source="oxford-pets", root=str(tmp_path / "new"), download=False)
    with pytest.raises(DataError) as caught:
        open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={})
    assert "oxford-pets: the train split is not there, and data.download is false" in str(caught.value)
    assert f"Looked in {tmp_path / 'new'}. Put the files of torchvision.datasets.OxfordIIITPet there" in str(
        caught.value
    )
    assert not (tmp_path / "new").exists()


def test_a_download_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    with pytest.raises(DataError, match=r"cifar10: the train split could not be downloaded: .*no network"):
        open_splits(
            Data(source="cifar10", root=str(tmp_path)), inputs=(IMAGE,), wants="category", seed=0, places={}
        )


def test_data_is_checked_without_torch() -> None:
    code = (
        "import sys, ftcli.data.splits, ftcli.data.discovery.recognise\n"
        "import ftcli.data.sources.huggingface, ftcli.data.sources.digits\n"
        "heavy = {'torch', 'torchvision', 'sklearn', 'datasets', 'pyarrow', 'PIL'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
