"""metrics.jsonl as curves."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ftcli.report.history import Phase, read_history
from ftcli.report.thinning import MOST
from tests.report.making import metric_lines


def written(path: Path, lines: list[Any], end: str = "") -> Path:
    text = "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines)
    (path / "metrics.jsonl").write_text(text + end)
    return path / "metrics.jsonl"


def test_curves_phases_and_the_best_epoch(tmp_path: Path) -> None:
    lines = metric_lines(epochs=20, steps=8, head=6)
    found = read_history(written(tmp_path, [*lines, {"step": 160, "epoch": 20, "note": "a note"}]))
    epochs = [line for line in lines if "train_loss" in line]
    assert found.epochs["val_accuracy"] == [(line["epoch"], line["val_accuracy"]) for line in epochs]
    assert found.steps["lr"][0] == (1.0, lines[0]["lr"])
    assert found.over_epochs("loss")[-1] == (20.0, lines[-2]["loss"])
    assert found.phases == (Phase("head", 1, 6), Phase("all blocks", 7, 20))
    assert (found.done, found.best, found.steps_per_epoch) == (20, 17, 8)
    assert found.notes == ("a note",)
    assert found.problems == ()


def test_a_training_that_goes_on_has_half_a_line_at_its_end(tmp_path: Path) -> None:
    found = read_history(written(tmp_path, metric_lines(2), end='{"epoch": 3, "st'))
    assert found.done == 2
    assert found.problems == ("metrics.jsonl: lines that cannot be read were left out: 1",)


def test_before_the_end_of_the_first_epoch_there_are_steps_only(tmp_path: Path) -> None:
    found = read_history(written(tmp_path, metric_lines(1)[:5]))
    assert (found.done, found.best, found.over_epochs("loss")) == (0, None, [])
    assert len(found.steps["loss"]) == 5


def test_the_score_before_the_first_step_is_that_of_epoch_0(tmp_path: Path) -> None:
    found = read_history(written(tmp_path, [{"epoch": 0, "step": 0, "val_accuracy": 0.2}, *metric_lines(1)]))
    assert found.epochs["val_accuracy"][0] == (0.0, 0.2)
    assert found.steps_per_epoch == 8


def test_what_is_not_a_number_is_left_out_and_counted(tmp_path: Path) -> None:
    lines = [
        {"epoch": 1, "step": 4, "train_loss": math.nan, "val_loss": math.inf, "val_accuracy": 1, "best": True}
    ]
    found = read_history(written(tmp_path, lines))
    assert found.epochs == {"val_accuracy": [(1, 1)]}
    assert found.problems == ("metrics.jsonl: values that are not finite numbers were left out: 2",)


def test_lines_of_any_kind_do_no_harm(tmp_path: Path) -> None:
    odd: list[Any] = [
        "[1]",
        "{}",
        "null",
        "[" * 5000,
        {"epoch": -1, "step": 1},
        {"epoch": 1, "step": "2"},
        "\x00",
    ]
    odd += [{"epoch": 1, "step": 2, "loss": "x", "lr": [1]}, {"epoch": 1, "step": 2, "note": 3}]
    odd += [{"epoch": 2, "step": 4, **{f"val_{n}": 1.0 for n in range(500)}, "phase": "p" * 5000}]
    found = read_history(written(tmp_path, odd))
    assert found.done == 2
    assert len(found.epochs) == 100
    assert found.problems == ("metrics.jsonl: lines that cannot be read were left out: 7",)


def test_of_a_very_large_file_every_epoch_is_read_and_some_steps(tmp_path: Path) -> None:
    step = '{"step": %d, "epoch": %d, "loss": 1.5, "lr": 0.001, "pad": "%s"}'
    epoch = '{"epoch": %d, "step": %d, "train_loss": 1.0, "val_loss": %d.5, "best": true}'
    lines: list[str] = []
    for n in range(300):
        lines += [step % (100 * n + k, n + 1, "x" * 800) for k in range(1, 101)]
        lines.append(epoch % (n + 1, 100 * n + 100, n))
    found = read_history(written(tmp_path, lines))
    assert found.problems == ("metrics.jsonl is large: of the lines of steps one in 4 was read",)
    assert len(found.epochs["val_loss"]) == 300
    assert found.done == 300
    assert 100 < len(found.steps["loss"]) <= MOST


def test_a_long_file_is_thinned_and_one_that_is_missing_is_said(tmp_path: Path) -> None:
    lines = [
        f'{{"step": {step}, "epoch": {step // 1000 + 1}, "loss": {step % 97}.5, "lr": 0.1}}'
        for step in range(30_000)
    ]
    found = read_history(written(tmp_path, lines))
    assert len(found.steps["loss"]) <= MOST
    (tmp_path / "metrics.jsonl").unlink()
    assert read_history(tmp_path / "metrics.jsonl").problems == (
        "metrics.jsonl is missing: there are no curves",
    )
    (tmp_path / "metrics.jsonl").mkdir()
    assert read_history(tmp_path / "metrics.jsonl").problems == ("metrics.jsonl: is not a file",)
