"""The catalogue on the screen and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.running import Command


def test_list_models(ftcli: Command) -> None:
    shown = ftcli.ok("list-models", "resnet*")
    assert "torchvision/resnet50" in shown
    assert "bert" not in shown
    assert "huggingface, gated" in ftcli.ok("list-models", "gemma")
    found = json.loads(ftcli.ok("list-models", "--json", "--task", "text-classification"))
    assert {"bert-base-uncased", "gpt2", "xlnet-base-cased", "t5-small"} <= {entry["name"] for entry in found}
    assert {entry["modality"] for entry in found} == {"text"}
    assert "no known model matches 'nothing-like-it'" in ftcli.refused("list-models", "nothing-like-it")
    assert "Did you mean 'text-classification'?" in ftcli.refused(
        "list-models", "--task", "text-clasification"
    )


def test_those_on_this_machine(ftcli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert "no such network is on this machine" in ftcli.ok("list-models", "--local")
    for name in ("gpt2", "someone--mine"):
        folder = tmp_path / f"models--{name}" / "snapshots" / "0"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").write_bytes(bytes(2_000_000))
    (tmp_path / "hub/checkpoints").mkdir(parents=True)
    (tmp_path / "hub/checkpoints/resnet18-f37072fd.pth").touch()
    found = {one["name"]: one for one in json.loads(ftcli.ok("list-models", "--local", "--json"))}
    assert list(found) == ["torchvision/resnet18", "gpt2", "someone/mine"]
    assert found["someone/mine"]["bytes"] == 2_000_002
    assert found["someone/mine"]["path"] == str(tmp_path / "models--someone--mine/snapshots/0")
    shown = ftcli.ok("list-models", "--local", "mine")
    assert "someone/mine" in shown
    assert "gpt2" not in shown
    assert "gpt2" in ftcli.ok("list-models", "--local", "--task", "causal-language-modelling")
    assert "mine" not in ftcli.ok("list-models", "--local", "--task", "causal-language-modelling")
