"""`ftcli plan`: memory, time, disk and money before a training, which leaves no run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.running import Command
from tests.tiny import data

YAML = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4, augment: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: backbone
training: {epochs: 2, device: cpu, precision: fp32}
"""


@pytest.fixture
def photos(workplace: Path) -> Path:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    (workplace / "my.yaml").write_text(YAML)
    return workplace


def test_it_shows_the_plan_of_the_training_and_its_cost(ftcli: Command, photos: Path) -> None:
    out = ftcli.ok("plan", "my.yaml", "--price", "2", "training.epochs=3")
    assert "3 epochs of 3 steps" in out  # as ftcli train has it
    for words in ("by measured steps", "start ", "steps ", "2 checkpoints of", "at 2 an hour", "4 examples"):
        assert words in out
    assert not (photos / "runs").exists()
    assert out.splitlines()[-1] == "Train it: ftcli train my.yaml training.epochs=3"
    # What was measured is known to the training, which measures nothing.
    line = next(one for one in ftcli.ok("train", "my.yaml").splitlines() if one.startswith("  cost"))
    assert "by steps that were measured on this machine before" in line


def test_a_training_that_knows_nothing_says_at_least(ftcli: Command, photos: Path) -> None:
    out = ftcli.ok("train", "my.yaml", "--plan")
    assert "cost      at least" in out
    assert "by formulas" in out
    assert "ftcli plan ... measures memory and time" in out


def test_a_device_that_is_not_here_is_traced_and_has_no_time(ftcli: Command, photos: Path) -> None:
    found = json.loads(ftcli.ok("plan", "my.yaml", "--device", "cuda:1GiB", "--json", "training.device=auto"))
    assert found["room_bytes"] == 1 << 30
    assert found["memory_source"] == "operations traced without data"
    assert found["seconds"] is None
    assert found["fits"] is True
    out = ftcli.ok("plan", "my.yaml", "--device", "cuda:0.1GiB", "training.device=auto")
    assert "this needs more memory than there is" in out


@pytest.mark.parametrize(
    ("device", "words"),
    [("cuda:24 bananas", "not a size of memory, such as 24GiB"), ("tpu", "should be cpu, cuda or mps")],
)
def test_a_device_that_there_is_not_is_refused(device: str, words: str, ftcli: Command, photos: Path) -> None:
    assert words in ftcli.refused("plan", "my.yaml", "--device", device)


def test_a_price_is_a_number(ftcli: Command, workplace: Path) -> None:
    assert "--price: should be a number, such as 1.2" in ftcli.refused("plan", "my.yaml", "--price", "inf")


def test_a_price_without_a_time_is_answered(ftcli: Command, photos: Path) -> None:
    out = ftcli.ok("plan", "my.yaml", "--device", "cuda:1GiB", "--price", "2", "training.device=auto")
    assert "parameters; cuda, " in out
    assert "money     not known without the time, at 2 an hour" in out
    assert "Train it" not in out


def test_what_was_guessed_of_data_is_said(ftcli: Command, photos: Path) -> None:
    out = ftcli.ok(
        "plan", "photos", "--model", "torchvision/shufflenet_v2_x0_5", "model.weights=none", "--no-run"
    )
    assert "photos stands for:" in out


def test_the_probe_is_in_the_time_and_may_be_all_of_it(ftcli: Command, photos: Path) -> None:
    found = json.loads(ftcli.ok("plan", "my.yaml", "training.probe=yes", "training.epochs=0", "--json"))
    assert found["memory_source"] == found["seconds_source"] == "measured steps"
    assert found["probe_seconds"] > 0
    assert list(found["parts"]) == ["scoring"]
    limited = json.loads(ftcli.ok("plan", "my.yaml", "training.probe=yes", "training.time=1s", "--json"))
    assert limited["seconds"] + limited["probe_seconds"] <= max(1, limited["probe_seconds"] + 0.1)
    assert "probe " in ftcli.ok("plan", "my.yaml", "training.probe=yes")
