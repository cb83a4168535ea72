from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.config.schema import Model
from ftcli.errors import RunError
from ftcli.runs.checkpoints import naming, storage
from ftcli.runs.from_run import from_run


def run(path: Path, **saved: str) -> Path:
    """A run with two checkpoints, of which the first is the best."""
    (path / "model").mkdir(parents=True)
    (path / "experiment.yaml").write_text("")
    (path / "model" / "backbone.json").write_text(json.dumps(saved))
    for epoch in (1, 2):
        folder = path / "checkpoints" / naming.name(epoch)
        folder.mkdir(parents=True)
        (folder / storage.STATE).write_text(json.dumps({"progress": {"best_epoch": 1}}))
    return path


def test_a_run_is_a_backbone_with_its_best_weights(tmp_path: Path) -> None:
    path = run(tmp_path / "pretrain", source="bert@none")
    best = str(path / "checkpoints" / "epoch-0001" / "model.safetensors")
    wanted = Model(backbone=str(path / "model"), weights=best)
    assert from_run(Model(backbone=str(path))) == wanted
    assert from_run(Model(backbone=str(path / "model"))) == wanted
    assert from_run(Model(backbone=str(path), weights="none")).weights == "none"
    assert from_run(Model(backbone="bert", weights=str(path))) == Model(backbone="bert", weights=best)


def test_weights_may_be_of_one_checkpoint(tmp_path: Path) -> None:
    last = run(tmp_path / "pretrain", source="bert@none") / "checkpoints" / "epoch-0002"
    model = from_run(Model(backbone=str(tmp_path / "pretrain"), weights=str(last)))
    assert model.weights == str(last / "model.safetensors")


def test_a_run_on_torchvision_names_its_network(tmp_path: Path) -> None:
    path = run(tmp_path / "photos", source="torchvision/resnet18@none", name="resnet18")
    assert from_run(Model(backbone=str(path))).backbone == "torchvision/resnet18"


def test_what_is_no_run_stays_as_it_is(tmp_path: Path) -> None:
    for model in (Model(), Model(backbone="bert", weights="imagenet"), Model(backbone=str(tmp_path))):
        assert from_run(model) == model


def test_a_run_without_a_checkpoint_or_its_files_is_an_error(tmp_path: Path) -> None:
    path = run(tmp_path / "pretrain", source="bert@none")
    (path / "model" / "backbone.json").write_text("{")
    with pytest.raises(RunError, match="cannot be read, so the run cannot be a backbone"):
        from_run(Model(backbone=str(path)))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "experiment.yaml").write_text("")
    with pytest.raises(RunError, match="no checkpoint is here"):
        from_run(Model(backbone="bert", weights=str(tmp_path / "new")))
