from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from huggingface_hub import constants

from ftcli.errors import WeightsError
from tests.models.conftest import load


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of Hugging Face's, and no network."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return tmp_path


def put(cache: Path, name: str, folder: str) -> Path:
    """Lay `folder` into the cache, as a download would."""
    repository = cache / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    return Path(shutil.copytree(folder, repository / "snapshots" / "abc"))


def test_what_is_in_the_cache_needs_no_network(cache: Path, folders: dict[str, str]) -> None:
    put(cache, "some/bert", folders["text/bert"])
    assert load("some/bert", "text").source == "some/bert"


def test_a_missing_id_says_where_it_looked_and_how_to_supply_it(cache: Path) -> None:
    with pytest.raises(WeightsError) as error:
        load("bert-base-uncasd", "text")
    words = str(error.value)
    assert "Did you mean 'bert-base-uncased'?" in words
    for part in (str(cache), "https://huggingface.co/bert-base-uncasd", "no network", "hf download"):
        assert part in words


def test_a_cache_without_the_weights_is_not_enough(cache: Path, folders: dict[str, str]) -> None:
    snapshot = put(cache, "some/bert", folders["text/bert"])
    (snapshot / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match="could not be downloaded"):
        load("some/bert", "text")
    assert load("some/bert", "text", weights="none").source == "some/bert@none"


def test_names_of_torchvision_are_pointed_out(cache: Path) -> None:
    with pytest.raises(WeightsError, match="Did you mean 'torchvision/resnet50'"):
        load("resnet50", "image")


@pytest.mark.parametrize("name", ["./nowhere", "/no/where", "no/such/folder"])
def test_a_folder_that_is_not_there_is_no_id(name: str) -> None:
    with pytest.raises(WeightsError, match=f"{name}: no such folder"):
        load(name, "text")
