"""A run whose best epochs are averaged: what is kept, what is used, and what a kill leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import Interruption
from ftcli.runs import ending
from ftcli.runs.checkpoints import averaging, final, naming, retention, storage
from tests.resuming import files
from tests.running import Command
from tests.tiny import data as tiny_data

YAML = """\
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32, cache: none, augment: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: {name: none, norm_statistics: update}
training: {epochs: 3, average_best: 3, device: cpu, precision: fp32, early_stop: false, clip: 0}
output: run
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny_data.split_folders(tmp_path / "photos", {"train": 4, "val": 3, "test": 3})
    (tmp_path / "x.yaml").write_text(YAML)
    monkeypatch.chdir(tmp_path)
    # Whatever the figures of so small a network: all epochs are averaged.
    monkeypatch.setattr(averaging, "rank", lambda figures, plan: (0.0,))
    return tmp_path


def test_the_average_takes_the_place_of_the_best(
    ftcli: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned: list[list[str]] = []
    remove = averaging.average_best

    def look(*given: Any) -> Any:
        pruned.append([path.name for path in naming.found(Path("run/checkpoints"))])
        return remove(*given)

    monkeypatch.setattr(ending, "average_best", look)
    shown = ftcli.ok("train", "x.yaml")
    summary = json.loads(Path("run/summary.json").read_text())
    assert pruned == [["epoch-0001", "epoch-0002", "epoch-0003"]]
    averaged = summary["averaged"]
    assert sorted(averaged["epochs"]) == sorted(averaged["tried"]) == [1, 2, 3]
    # What was needed for the average alone is gone.
    folder = Path("run/checkpoints")
    left = {path.name for path in folder.iterdir()}
    assert left == {"averaged", "epoch-0003", f"epoch-{summary['best_epoch']:04}"}
    assert retention.best(folder) == folder / "averaged"
    assert "run/checkpoints/averaged" in shown
    receipt = json.loads(Path("run/receipt.json").read_text())
    assert receipt["checkpoint"]["name"] == "averaged"
    assert f"{summary['test']['loss']:.4f}" in ftcli.ok("eval", "run")
    weights = storage.load(folder / "averaged", training=False).weights.values()
    assert all(value.isfinite().all() for value in weights)


def test_a_kill_while_it_is_averaged_changes_nothing(
    ftcli: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", "x.yaml", "output=whole")
    write = final.write

    def killed(*given: Any) -> None:
        write(*given)
        raise Interruption(15)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(final, "write", killed)
        assert ftcli("train", "x.yaml", "output=halves").status == 143
    assert Path("halves/checkpoints/averaged").is_dir()
    ftcli.ok("train", "--resume", "halves")
    whole, halves = files(Path("whole")), files(Path("halves"))
    assert whole.keys() == halves.keys()
    tensors = [name for name in whole if name.endswith(".safetensors")]
    assert [name for name in tensors if whole[name] != halves[name]] == []


def test_more_epochs_average_again(ftcli: Command, here: Path) -> None:
    ftcli.ok("train", "x.yaml", "training.keep_state=true", "training.average_best=4")
    kept = {path.name for path in Path("run/checkpoints").iterdir()}
    assert kept == {"averaged", "epoch-0001", "epoch-0002", "epoch-0003"}
    ftcli.ok("train", "--resume", "run", "training.epochs=4")
    assert sorted(json.loads(Path("run/summary.json").read_text())["averaged"]["tried"]) == [1, 2, 3, 4]


def test_it_needs_a_validation_split(ftcli: Command, here: Path) -> None:
    said = ftcli.refused("train", "x.yaml", "data.val=none")
    assert "training.average_best: needs a validation split" in said
