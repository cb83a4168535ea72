"""Checkpoints on disk: whole or not there, and read back to the byte."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from ftcli.errors import RunError
from ftcli.runs import checkpoint


def state(best_epoch: int = 1, *, ema: bool = False) -> dict[str, Any]:
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.AdamW([parameter])
    parameter.sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return {
        "progress": {"epoch": best_epoch, "best_epoch": best_epoch},
        "schedule": {"drops": 1},
        "precision": {},
        "optimizer": optimizer.state_dict(),
        "ema": {"weight": torch.full((2,), 0.25)} if ema else {},
    }


def write(folder: Path, epoch: int, *, best_epoch: int | None = None, ema: bool = False) -> dict[str, Any]:
    given = state(best_epoch or epoch, ema=ema)
    raw = {"weight": torch.full((2,), float(epoch))}
    checkpoint.save(folder / checkpoint.name(epoch), given["ema"] or raw, raw, given, metrics_bytes=17)
    return given


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    given = write(tmp_path, 3)
    loaded = checkpoint.load(tmp_path / "epoch-0003")
    assert torch.equal(loaded.weights["weight"], torch.full((2,), 3.0))
    assert loaded.metrics_bytes == 17
    assert {key: loaded.state[key] for key in ("progress", "schedule", "precision", "ema")} == {
        key: given[key] for key in ("progress", "schedule", "precision", "ema")
    }
    for name, value in given["optimizer"]["state"][0].items():
        assert torch.equal(loaded.state["optimizer"]["state"][0][name], value)
    again = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))])
    again.load_state_dict(loaded.state["optimizer"])


def test_average_and_raw_weights_are_both_kept(tmp_path: Path) -> None:
    write(tmp_path, 2, ema=True)
    loaded = checkpoint.load(tmp_path / "epoch-0002")
    assert torch.equal(loaded.weights["weight"], torch.full((2,), 0.25))
    assert torch.equal(loaded.raw["weight"], torch.full((2,), 2.0))
    assert torch.equal(loaded.state["ema"]["weight"], loaded.weights["weight"])


def test_files_are_readable_as_the_umask_says(tmp_path: Path) -> None:
    write(tmp_path, 1)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "epoch-0001").iterdir()}
    assert len(modes) == 1


def test_a_failing_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)

    def full(tensors: Any, path: Path) -> None:
        save_file(tensors, path)
        if path.name == checkpoint.TRAINING:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(RunError, match=r"epoch-0002: the checkpoint could not be written.*No space left"):
        write(tmp_path, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-0001"]
    checkpoint.load(tmp_path / "epoch-0001")


def test_best_and_latest(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no checkpoint is here"):
        checkpoint.latest(tmp_path)
    for epoch, best in [(1, 1), (2, 2), (3, 2)]:
        write(tmp_path, epoch, best_epoch=best)
    assert checkpoint.latest(tmp_path).name == "epoch-0003"
    assert checkpoint.best(tmp_path).name == "epoch-0002"
    checkpoint.prune(tmp_path, keep={2, 3})
    assert checkpoint.epochs(tmp_path) == [2, 3]
    assert not (tmp_path / "epoch-0002" / checkpoint.TRAINING).exists()
    assert (tmp_path / "epoch-0003" / checkpoint.TRAINING).exists()
    checkpoint.load(tmp_path / "epoch-0002", training=False)


@pytest.mark.parametrize("file", [checkpoint.MODEL, checkpoint.TRAINING, checkpoint.STATE])
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, file: str, damage: str) -> None:
    write(tmp_path, 1)
    path = tmp_path / "epoch-0001" / file
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"")
    with pytest.raises(RunError, match="epoch-0001: not a readable checkpoint"):
        checkpoint.load(tmp_path / "epoch-0001")


def test_weights_with_channels_last_are_saved_as_any_others(tmp_path: Path) -> None:
    weight = torch.randn(4, 3, 2, 2).contiguous(memory_format=torch.channels_last)
    checkpoint.save(tmp_path / "epoch-0001", {"weight": weight}, {"weight": weight}, state(), metrics_bytes=0)
    loaded = checkpoint.load(tmp_path / "epoch-0001").weights["weight"]
    assert torch.equal(loaded, weight)
    assert loaded.is_contiguous()
