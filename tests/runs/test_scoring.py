"""Scoring: nothing is scored twice, and what takes long is computed when it is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from ftcli.contracts import Metric
from ftcli.runs import scoring
from ftcli.runs.scoring import Validation
from ftcli.training.precision import Fp32
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.training.toy import Loader, Net, Points

YAML = """
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: none
training: {epochs: 2, device: cpu, precision: fp32}
"""
Passes = list[int]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Passes:
    """How many examples each pass over a split has scored."""
    made: Passes = []

    def watched(*given: Any) -> Any:
        result = evaluate(*given)
        made.append(result.examples)
        return result

    evaluate: Callable[..., Any] = scoring.evaluate  # type: ignore[attr-defined]
    monkeypatch.setattr(scoring, "evaluate", watched)
    return made


def train(ftcli: Command, folder: Path, splits: dict[str, int]) -> None:
    tiny_data.split_folders(folder / "photos", splits)
    (folder / "x.yaml").write_text(YAML)
    ftcli.ok("train", folder / "x.yaml")


def test_the_best_checkpoint_is_not_scored_again(ftcli: Command, workplace: Path, passes: Passes) -> None:
    train(ftcli, workplace, {"train": 4, "val": 3})
    assert passes == [6, 6]  # two classes; after each epoch


def test_a_test_split_is_scored_once(ftcli: Command, workplace: Path, passes: Passes) -> None:
    train(ftcli, workplace, {"train": 4, "val": 3, "test": 2})
    assert passes == [6, 6, 4]


def test_a_run_that_is_resumed_after_its_best_epoch_scores_it_anew(
    ftcli: Command, workplace: Path, passes: Passes
) -> None:
    train(ftcli, workplace, {"train": 4, "val": 3})
    summary = workplace / "runs/x/summary.json"
    before = json.loads(summary.read_text())
    summary.unlink()  # killed after its last checkpoint
    ftcli.ok("train", "--resume", workplace / "runs/x")
    assert passes == [6, 6, 6]
    assert json.loads(summary.read_text())["val"] == before["val"]


class Slow:
    """A metric that counts how often it was computed."""

    thorough: ClassVar[bool] = True

    def __init__(self) -> None:
        self.computed = 0

    def update(self, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        pass

    def merge(self, other: Slow) -> None:
        pass

    def compute(self) -> dict[str, float]:
        self.computed += 1
        return {"slow": 1.0}


class Measured(Points):
    def __init__(self) -> None:
        self.made: list[Slow] = []

    def metrics(self) -> dict[str, Metric]:
        self.made.append(Slow())
        return {"slow": self.made[-1]}


@pytest.mark.parametrize("thorough", [False, True])
def test_what_takes_long_is_computed_for_the_best_epoch_unless_it_decides(thorough: bool) -> None:
    task, model = Measured(), Net()
    validation = Validation(task, Loader(), Fp32(torch.device("cpu")), thorough=thorough)  # type: ignore[arg-type]
    for epoch in range(3):
        assert ("slow" in validation(model)) is thorough
        if epoch == 1:
            validation.keep()
    best = validation.best()
    assert best is not None
    assert best.figures["slow"] == 1.0
    assert [one.computed for one in task.made] == ([1, 2, 1] if thorough else [0, 1, 0])
