"""Losses keep all their bits on the way through a receipt."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from ftcli.runs.receipts.losses import as_json, from_json, read_losses, same
from ftcli.system.bounded import UnreadableError

LINES = [
    {"epoch": 0, "step": 0, "val_loss": 2.0},
    {"step": 1, "epoch": 1, "loss": 0.1 + 0.2, "lr": 1e-3},
    {"step": 2, "epoch": 1, "note": "went back"},
    {"step": 2, "epoch": 1, "loss": 1 / 3, "lr": 1e-3},
    {
        "epoch": 1,
        "step": 2,
        "phase": "head",
        "train_loss": 0.7,
        "val_loss": 0.6,
        "val_accuracy": 0.5,
        "best": True,
    },
]


def test_all_figures_come_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in LINES) + '{"step": 3, "lo')
    losses = read_losses(path)
    assert losses.steps == {1: 0.1 + 0.2, 2: 1 / 3}
    assert losses.epochs == {1: {"train_loss": 0.7, "val_loss": 0.6, "val_accuracy": 0.5}}
    kept = json.loads(json.dumps(as_json(losses, "accuracy", 10)))
    assert from_json(kept) == losses
    assert [one[:2] for one in losses.by_step()] == [
        (1, "loss"), (2, "loss"), (2, "train_loss"), (2, "val_loss"), (2, "val_accuracy"),
    ]  # fmt: skip


def test_many_losses_are_thinned_between_the_first_and_the_last(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(
        "".join(json.dumps({"step": step, "epoch": 1, "loss": step / 7}) + "\n" for step in range(1, 1001))
    )
    kept = from_json(as_json(read_losses(path), "loss", 50))
    assert len(kept.steps) == 50
    assert min(kept.steps) == 1
    assert max(kept.steps) == 1000
    assert from_json(as_json(read_losses(path), "loss", 0)).steps == {}


def test_what_is_not_a_number_is_the_same_again() -> None:
    assert same(math.nan, math.nan)
    assert not same(math.nan, 1.0)
    assert not same(1.0, 1.0 + 2**-52)


def test_a_pipe_and_a_line_of_brackets_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text("[" * 100_000 + '\n{"step": 1, "loss": 0.5}\n')
    assert read_losses(path).steps == {1: 0.5}
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UnreadableError, match="is not a file"):
        read_losses(path)
