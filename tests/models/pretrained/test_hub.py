from __future__ import annotations

import shutil
import socket
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from huggingface_hub import constants
from huggingface_hub.errors import GatedRepoError
from safetensors.torch import load_file

from ftcli.errors import WeightsError
from ftcli.models.pretrained.hub import wanted
from tests.models.conftest import load
from tests.tiny import models as tiny
from tests.tiny.hub import Hub


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
    assert "A known id is 'bert-base-uncased', which is not on this machine either." in words
    for part in (str(cache), "https://huggingface.co/bert-base-uncasd", "no network", "hf download"):
        assert part in words


def test_a_known_name_is_not_taken_for_another(cache: Path) -> None:
    with pytest.raises(WeightsError) as error:
        load("distilbert-base-uncased", "text")
    assert "Did you mean" not in str(error.value)


def test_a_gated_repository_says_how_it_is_opened(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> list[str]:
        raise GatedRepoError("403 Client Error", response=Mock())

    monkeypatch.setattr("ftcli.models.pretrained.hub.reach", lambda address: None)
    monkeypatch.setattr("ftcli.models.pretrained.hub.list_repo_files", refuse)
    with pytest.raises(WeightsError, match=r"licence at https://.*/google/gemma-3-270m, then `hf auth"):
        load("google/gemma-3-270m", "text")


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


REPOSITORY = (
    *(
        "config.json",
        "tokenizer.json",
        "merges.txt",
        "source.spm",
        "spiece.model",
        "chat_template.jinja",
        "README.md",
    ),
    *(
        "1_Pooling/config.json",
        "onnx/config.json",
        "onnx/model.onnx",
        "data_config.json",
        "run.py",
        "tf_model.h5",
    ),
)
SETTINGS = {"config.json", "tokenizer.json", "merges.txt", "source.spm", "spiece.model", "chat_template.jinja",
            "1_Pooling/config.json", "data_config.json"}  # fmt: skip
SAFE, PICKLED = "model.safetensors", "pytorch_model.bin"
SHARDS = [f"{SAFE}.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
PICKLES = [f"{PICKLED}.index.json", "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]


@pytest.mark.parametrize(
    ("weights", "chosen"),
    [
        ([SAFE], [SAFE]),
        ([SAFE, PICKLED, "model.fp16.safetensors", "training_args.bin"], [SAFE]),
        ([*SHARDS, *PICKLES, "consolidated.safetensors"], SHARDS),
        ([PICKLED, "training_args.bin", "optimizer.bin"], [PICKLED]),
        (PICKLES, PICKLES),
        (["flax_model.msgpack"], []),
    ],
)
def test_of_a_repository_settings_are_wanted_and_weights_in_one_format(
    weights: list[str], chosen: list[str]
) -> None:
    assert set(wanted([*REPOSITORY, *weights], weights=True)) == SETTINGS | set(chosen)
    assert set(wanted([*REPOSITORY, *weights], weights=False)) == SETTINGS


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a BERT that is `some/bert` on a hub."""
    made = Hub(tmp_path)
    monkeypatch.setattr("ftcli.models.pretrained.hub.reach", lambda address: None)
    monkeypatch.setattr("ftcli.models.pretrained.hub.list_repo_files", made.list_repo_files)
    monkeypatch.setattr("ftcli.models.pretrained.hub.snapshot_download", made.snapshot_download)
    return Path(tiny.bert(tmp_path / "hub/some/bert"))


def pickled(folder: Path) -> None:
    torch.save(load_file(folder / SAFE), folder / PICKLED)
    (folder / SAFE).unlink()


def test_an_id_with_pytorch_files_alone_is_downloaded(there: Path) -> None:
    pickled(there)
    (there / "data_config.json").write_text("[]")
    nets = load(str(there), "text").module, load("some/bert", "text").module
    assert all(torch.equal(*pair) for pair in zip(*(net.parameters() for net in nets), strict=True))
    shutil.rmtree(there)  # from now on it is in the cache alone
    assert load("some/bert", "text").source == "some/bert"


def test_a_repository_without_weights_says_what_it_holds(there: Path) -> None:
    (there / SAFE).rename(there / "flax_model.msgpack")
    with pytest.raises(
        WeightsError, match=r"no model.safetensors or .* or pytorch_model.bin.*The folder holds"
    ):
        load("some/bert", "text")
    assert load("some/bert", "text", weights="none").source == "some/bert@none"


def test_weights_of_another_id_are_taken(there: Path, folders: dict[str, str]) -> None:
    pickled(there)
    assert load(folders["text/bert"], "text", weights="some/bert").source.endswith("@some/bert")


def test_names_of_timm_are_corrected(cache: Path) -> None:
    with pytest.raises(WeightsError, match=r"A known id is 'timm/resnet18\.\w+'"):
        load("timm/resnet18", "image")
