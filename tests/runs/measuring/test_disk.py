"""What a training leaves on disk is known to the byte for the files of tensors."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ftcli.config.load import load_experiment
from ftcli.runs.directory import RunDirectory
from ftcli.runs.measuring.disk import file_bytes, moments_of
from ftcli.runs.measuring.expected import disk
from ftcli.runs.names import NAMES
from ftcli.runs.session import prepare
from ftcli.runs.training import Training
from ftcli.store.shard import RECORD_BYTES
from tests.tiny import data

YAML = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4, augment: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 2, device: cpu, precision: fp32, early_stop: false}
"""


def test_a_file_of_tensors_is_as_large_as_predicted(tmp_path: Path) -> None:
    kinds = [torch.float32, torch.bfloat16, torch.int64, torch.bool]
    tensors = {f"part.{i}.weight": torch.zeros(i + 1, 3, dtype=kind) for i, kind in enumerate(kinds)}
    tensors["step"] = torch.zeros(())
    layouts = [(name, value.dtype, tuple(value.shape)) for name, value in tensors.items()]
    for metadata in (None, {"rest": "frozen.safetensors"}):
        save_file(tensors, tmp_path / "x", metadata)
        assert file_bytes(layouts, metadata) == (tmp_path / "x").stat().st_size


def made(folder: Path, *overrides: str) -> Training:
    (folder / "x.yaml").write_text(YAML)
    experiment = load_experiment(folder / "x.yaml", overrides, names=NAMES)
    return Training(prepare(experiment), RunDirectory(folder / "run"))


@pytest.mark.parametrize(
    "options",
    [["freeze=backbone", "optimizer=sgd"], ["freeze=none", "training.ema=0.9", "training.keep_state=yes"]],
)
def test_checkpoints_and_the_store_are_as_large_as_predicted(
    options: list[str], workplace: Path, cache: Path
) -> None:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    training = made(workplace, *options)
    known = disk(training.outline)
    training.begin()
    for _ in training:
        pass
    checkpoints = workplace / "run" / "checkpoints"
    frozen = sum(path.stat().st_size for path in [*checkpoints.glob("*/frozen.safetensors")][:1])
    folders = [*checkpoints.glob("epoch-*")]
    own = sum(
        path.stat().st_size for one in folders for path in one.iterdir() if path.name != "frozen.safetensors"
    )
    assert known.shared == frozen
    assert len(folders) * known.checkpoint == pytest.approx(own, rel=0.01, abs=4000)
    records = {path: path.stat().st_size // RECORD_BYTES for path in cache.glob("inputs-*/*.index")}
    entries = sum(records.values())  # images that are the same are kept once
    kept = sum(path.stat().st_size for path in cache.glob("*-*/*[ax]"))
    assert known.store == pytest.approx(kept * 16 / entries, rel=0.01)
    assert known.checkpoint <= known.resumable


def test_what_an_optimizer_remembers_is_seen(workplace: Path) -> None:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    adam = made(workplace).session.experiment
    assert sorted(whole for _, whole in moments_of(adam).values()) == [False, True, True]
    plain = made(workplace, "optimizer={name: sgd, momentum: 0}").session.experiment
    assert moments_of(plain) == {}
