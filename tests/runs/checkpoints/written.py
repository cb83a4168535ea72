"""Small checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ftcli.runs.checkpoints import naming, storage


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
    storage.save(
        folder / naming.name(epoch),
        given["ema"] or raw,
        raw,
        given,
        metrics_bytes=17,
        metrics_sha256="ab",
    )
    return given


def write_as(folder: Path) -> None:
    given = state()
    raw = {"weight": torch.zeros(2)}
    storage.save(folder, raw, raw, given, metrics_bytes=17, metrics_sha256="ab")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())
