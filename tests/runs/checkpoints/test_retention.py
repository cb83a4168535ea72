"""Which checkpoint is used, and which are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from ftcli.errors import RunError
from ftcli.runs.checkpoints import naming, retention, storage
from ftcli.system import durable
from tests.runs.checkpoints.written import names, write, write_as


def test_best_and_latest(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no checkpoint is here"):
        retention.latest(tmp_path)
    for epoch, best in [(1, 1), (2, 2), (3, 2)]:
        write(tmp_path, epoch, best_epoch=best)
    path, _, problems = retention.latest(tmp_path)
    assert (path.name, problems) == ("epoch-0003", [])
    assert retention.best(tmp_path).name == "epoch-0002"
    retention.prune(tmp_path, 2, newest=1)
    assert names(tmp_path) == ["epoch-0002", "epoch-0003"]
    storage.load(tmp_path / "epoch-0002")


def test_those_within_an_epoch_go_when_it_has_two_behind_it(tmp_path: Path) -> None:
    kept: list[list[str]] = []
    for name in ("epoch-0000-step-00000002", "epoch-0000-step-00000004", "epoch-0000-step-00000006",
                 "epoch-0001", "epoch-0001-step-00000010", "epoch-0002", "epoch-0003"):  # fmt: skip
        shutil.copytree(tmp_path / kept[-1][-1], tmp_path / name) if kept else write_as(tmp_path / name)
        retention.prune(tmp_path, 1, newest=2)
        kept.append(names(tmp_path))
    assert kept[2:] == [
        ["epoch-0000-step-00000004", "epoch-0000-step-00000006"],
        ["epoch-0000-step-00000006", "epoch-0001"],
        ["epoch-0001", "epoch-0001-step-00000010"],
        ["epoch-0001", "epoch-0002"],
        ["epoch-0001", "epoch-0002", "epoch-0003"],
    ]


def test_one_between_epochs_stays_to_go_back_to(tmp_path: Path) -> None:
    for name in ("epoch-0001", "epoch-0002", "epoch-0002-step-00000021", "epoch-0002-step-00000022"):
        write_as(tmp_path / name)
        retention.prune(tmp_path, 1, newest=2, returnable=True)
    assert names(tmp_path)[1:] == ["epoch-0002", "epoch-0002-step-00000021", "epoch-0002-step-00000022"]
    path, saved = retention.last_epoch(tmp_path)
    assert path.name == "epoch-0002"
    assert saved.metrics_bytes == 17
    assert names(tmp_path) == ["epoch-0001", "epoch-0002"]


@pytest.mark.parametrize("file", [storage.MODEL, storage.TRAINING, storage.STATE, durable.MANIFEST])
def test_a_damaged_newest_one_is_reported_and_the_one_before_it_used(tmp_path: Path, file: str) -> None:
    for epoch in (1, 2):
        write(tmp_path, epoch)
    target = tmp_path / "epoch-0002" / file
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)
    path, found, problems = retention.latest(tmp_path)
    assert path.name == "epoch-0001"
    assert torch.equal(found.raw["weight"], torch.ones(2))
    (problem,) = problems
    assert "epoch-0002: not a usable checkpoint" in problem
    retention.rename_damaged(tmp_path, path)
    assert naming.found(tmp_path) == [path]
    assert any(one.startswith("damaged-epoch-0002-") for one in names(tmp_path))
    (path / storage.STATE).write_text("{}")
    with pytest.raises(RunError, match=r"epoch-0001: not a usable .*\n.*no checkpoint can be used"):
        retention.latest(tmp_path)
