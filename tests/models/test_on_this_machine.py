"""What is in the caches of Hugging Face and torch."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import constants

from ftcli.errors import WeightsError
from ftcli.models.on_this_machine import hub_ids, models_here
from ftcli.models.pretrained.hub import resolve


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two whole networks of the hub and one of torchvision, and two that are not whole."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    for folder, files in {
        "models--bert-base-uncased": ("config.json", "model.safetensors"),
        "models--facebook--dinov2-small": ("config.json", "pytorch_model.bin"),
        "models--gpt2": ("config.json",),
    }.items():
        for file in files:
            path = tmp_path / "hub" / folder / "snapshots/0/" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    (tmp_path / "torch/hub/checkpoints").mkdir(parents=True)
    for file in (
        "shufflenetv2_x0.5-f707e7126e.pth",
        "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth",
        "other.txt",
    ):
        (tmp_path / "torch/hub/checkpoints" / file).touch()
    return tmp_path


def test_what_is_whole(caches: Path) -> None:
    assert hub_ids() == ["bert-base-uncased", "facebook/dinov2-small"]
    names = {one.name for one in models_here()}
    detector = "torchvision/fasterrcnn_resnet50_fpn_v2"
    assert names == {"bert-base-uncased", "facebook/dinov2-small", "torchvision/shufflenet_v2_x0_5", detector}
    assert [one.name for one in models_here("text", "tokens")] == ["bert-base-uncased"]
    assert "torchvision/shufflenet_v2_x0_5" in [one.name for one in models_here("image", "vector")]
    assert models_here("audio") == []


def test_nothing_is_proposed_that_is_not_here(
    caches: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(address: str) -> None:
        raise OSError("no network")

    monkeypatch.setattr("ftcli.models.pretrained.hub.reach", unreachable)
    with pytest.raises(WeightsError, match=r"no network\)\. Did you mean 'bert-base-uncased'\?"):
        resolve("bert-base-uncasd", weights=True)
    with pytest.raises(
        WeightsError, match="A known id is 'roberta-base', which is not on this machine either"
    ):
        resolve("roberta-bass", weights=True)
    (workplace / "my-roberta").mkdir()
    with pytest.raises(WeightsError, match="Did you mean 'my-roberta'"):
        resolve("my-robert", weights=True)
