"""What is said when a training has ended."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ftcli.cli.ending import headline, result
from ftcli.runs.directory import RunDirectory
from tests.running import Command
from tests.tiny import data as tiny_data

SUMMARY = {
    "metric": "accuracy",
    "epochs": 4,
    "best_epoch": 3,
    "val": {"accuracy": 0.5},
    "test": {"accuracy": 0.75},
}
OUTCOMES = {
    "split": "test",
    "examples": 80,
    "figures": {"accuracy": {"value": 0.75, "low": 0.65, "high": 0.83, "interval": "Wilson, 95 %"}},
}


@pytest.mark.parametrize(
    ("summary", "outcomes", "words"),
    [
        (
            SUMMARY,
            OUTCOMES,
            "test accuracy 0.7500 (0.6500 to 0.8300; Wilson, 95 %) on 80 examples, epoch 3",
        ),
        (SUMMARY, {}, "test accuracy 0.7500, epoch 3"),
        (SUMMARY, OUTCOMES | {"split": "val"}, "test accuracy 0.7500, epoch 3"),
        ({key: SUMMARY[key] for key in SUMMARY if key != "test"}, {}, "val accuracy 0.5000, epoch 3"),
        ({"metric": "accuracy", "epochs": 4}, {}, "trained for 4 epochs; there is nothing to score"),
    ],
)
def test_the_headline_is_the_figure_that_was_watched(
    summary: dict[str, Any], outcomes: dict[str, Any], words: str
) -> None:
    assert headline(summary, outcomes) == words


@pytest.fixture
def photos(workplace: Path) -> Path:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 3})
    path = workplace / "x.yaml"
    path.write_text(
        "task: image-classification\ndata: {source: photos, image_size: 32}\nfreeze: {name: lp-ft, probe_epochs: 1}\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\noutput: run\n"
        "training: {epochs: 2, device: cpu, keep_state: true}\n"
    )
    return path


def test_a_training_says_in_few_lines_what_it_does_and_what_came_of_it(ftcli: Command, photos: Path) -> None:
    lines = ftcli.ok("train", photos).splitlines()
    epochs = [index for index, line in enumerate(lines) if line.startswith("epoch ")]
    assert epochs[0] <= 14
    assert [lines[index].split()[2:4] for index in epochs] == [["head", "train"], ["all", "blocks"]]
    assert any(line.startswith("  trains    head (epoch 1), then all blocks (epoch 2); ") for line in lines)
    assert lines[epochs[-1] + 1] == "all 2 epochs are done"
    assert "  ftcli predict run new.jpg" in lines
    assert lines[-1] == "for more epochs: ftcli train --resume run training.epochs=4"
    (size,) = (line.split(", ")[1] for line in lines if line.startswith("  run "))
    files = [Path(folder, name) for folder, _, names in os.walk("run") for name in names]
    assert float(size.split()[0]) == pytest.approx(
        sum({os.stat(f).st_ino: os.stat(f).st_size for f in files}.values()) / 1e6, abs=0.1
    )
    log = Path("run/log.txt").read_text()
    assert "chosen for you:" in log
    assert "chosen for you:" not in "\n".join(lines)


def test_json_is_one_document_on_standard_output(ftcli: Command, photos: Path) -> None:
    answer = ftcli("train", photos, "--json", "training.epochs=2")
    assert answer.status == 0
    document = json.loads(answer.out)
    assert (document["run"], document["task"], document["metric"]) == (
        "run",
        "image-classification",
        "accuracy",
    )
    assert document["lower_is_better"] is False
    assert document["checkpoint"] == f"run/checkpoints/epoch-{document['best_epoch']:04}"
    assert document == json.loads(json.dumps(result(RunDirectory(Path("run"))))) | {
        "bytes": document["bytes"]
    }
    assert "image-classification: 12 train, 6 val examples; 2 classes" in answer.err
    again = ftcli("train", "--resume", "run", "--json")
    assert json.loads(again.out)["best_epoch"] == document["best_epoch"]


def test_quiet_prints_the_run_alone_and_logs_all(ftcli: Command, photos: Path) -> None:
    answer = ftcli("train", photos, "--quiet")
    assert (answer.status, answer.out, answer.err) == (0, "run\n", "")
    assert "epoch 2/2" in Path("run/log.txt").read_text()


def test_what_contradicts_itself_is_refused(ftcli: Command, photos: Path) -> None:
    assert "--quiet" in ftcli.refused("train", photos, "--quiet", "--verbose")
    assert "--quiet" in ftcli.refused("train", photos, "--quiet", "--plan")
    assert "--json" in ftcli.refused("train", photos, "--json", "--dry-run")


def test_why_there_is_no_report_is_said(
    ftcli: Command, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ftcli.runs.reporting.page", lambda _: 1 / 0)
    lines = ftcli.ok("train", photos).splitlines()
    note = "note: the report was not written: ZeroDivisionError: division by zero"
    assert lines.count(note) == 1
    assert Path("run/log.txt").read_text().splitlines().count(note) == 1
    assert not any(line.startswith("  report ") for line in lines)
