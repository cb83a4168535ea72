"""What the first argument of `ftcli train` stands for."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from huggingface_hub import constants

from ftcli.cli.starter import Wishes
from ftcli.cli.starting import Given, run_name
from ftcli.errors import UserError
from tests.running import Command
from tests.tiny import boxes
from tests.tiny import data as tiny


@pytest.fixture(autouse=True)
def caches(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty caches of Hugging Face and torch."""
    folder = tmp_path_factory.mktemp("caches")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setenv("TORCH_HOME", str(folder))


@pytest.mark.parametrize(
    ("name", "text", "is_file"),
    [
        ("a.yaml", "task: x\n", True),
        ("a.yml", "", True),
        ("a.yaml", "# comment\nsome: words\n", True),
        ("a", "words", True),
        ("a.cfg", "\n# comment\ntask: x\n", True),
        ("a.json", '{"task": "x"}', True),
        ("a.json", '{"images": [], "annotations": []}', False),
        ("a.json", '[{"task": "x", "text": "y"}]', False),
        ("data.yaml", "path: x\ntrain: images\nnames: [a, b]\n", False),
        ("a.csv", "text,label\n", False),
        ("a.txt", "some words\n", False),
    ],
)
def test_files_are_configurations_or_data(workplace: Path, name: str, text: str, is_file: bool) -> None:
    (workplace / name).write_text(text)
    assert (Given(name).file() == Path(name)) == is_file


def test_names(workplace: Path) -> None:
    assert Given("none.yaml").file() == Path("none.yaml")  # which is answered as a file
    shipped = Given("quickstart").file()
    assert shipped is not None
    assert shipped.name == "quickstart.yaml"
    (workplace / "quickstart").mkdir()
    assert Given("quickstart").file() is None


@pytest.mark.parametrize(
    ("argument", "name"),
    [("photos", "photos"), ("photos/", "photos"), ("photos/../photos", "photos"), ("a/r.v2.csv.gz", "r.v2"),
     ("digits", "digits"), (".", "here"), ("/", "run")],
)  # fmt: skip
def test_the_name_of_the_run(
    argument: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "photos").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert run_name(argument) == name


def test_options_go_with_data(workplace: Path) -> None:
    with pytest.raises(UserError, match=r"--label goes with data, .* write data.label=x after it"):
        Given("quickstart", Wishes(label="x")).file()


def test_the_same_words_come_to_the_same_start(workplace: Path) -> None:
    tiny.table(workplace / "reviews.csv", tiny.reviews(12))
    given = Given("reviews.csv", Wishes("text-classification", "label"), ["training.epochs=3"])
    assert given.words() == [
        "reviews.csv",
        "--task",
        "text-classification",
        "--label",
        "label",
        "training.epochs=3",
    ]
    start = given.start()
    assert pickle.loads(pickle.dumps(start)) == start == given.start()


def test_what_overrides_say_is_shown(workplace: Path) -> None:
    tiny.table(workplace / "reviews.csv", tiny.reviews(12))
    lines = Given("reviews.csv", Wishes(), ["model=gpt2", "data.val=0.2"]).start().lines
    assert lines[-1] == "  model: gpt2"


def test_photos_are_trained_and_the_run_says_how(ftcli: Command, workplace: Path) -> None:
    tiny.split_folders(workplace / "photos", {"train": 4, "val": 2})
    shown = ftcli.ok("train", "photos/", "training.epochs=1")
    first = [
        "photos/ stands for:",
        "  task: image-classification",
        "  data: {source: photos, image_size: 96}",
        "  model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}",
    ]
    assert shown.splitlines()[1:5] == first
    run = workplace / "runs" / "photos"
    assert (run / "log.txt").read_text().splitlines()[:4] == first
    assert "accuracy" in json.loads((run / "summary.json").read_text())["val"]
    ftcli.ok("train", run / "experiment.yaml", "--dry-run")
    assert "task: image-classification" in ftcli.ok("train", "photos", "--print-config", "training.epochs=2")
    assert not (workplace / "runs" / "photos-2").exists()


def test_the_data_of_yolo_by_their_settings(ftcli: Command, workplace: Path) -> None:
    boxes.yolo(workplace / "cells", {"train": 3, "val": 2})
    settings = next((workplace / "cells").glob("*.yaml"), None)
    if settings is None:
        settings = workplace / "cells" / "data.yaml"
        settings.write_text("train: images/train\nval: images/val\nnames: [blue, red]\n")
    assert "task: object-detection" in ftcli.ok("train", settings, "--print-config")


@pytest.mark.parametrize("named", ["mine", "mine/checkpoints/epoch-0001"])
def test_a_run_is_not_taken_for_data(workplace: Path, named: str) -> None:
    (workplace / "mine/checkpoints/epoch-0001").mkdir(parents=True)
    for name in ("experiment.yaml", "summary.json", "errors.csv"):
        (workplace / "mine" / name).write_text("{}")
    with pytest.raises(UserError) as raised:
        Given(named).start()
    assert str(raised.value) == (
        f"{named} is a run, not data. To go on with it: ftcli train --resume mine. To train its network on data: "
        "ftcli train DATA --model mine"
    )


def test_a_model_is_not_taken_for_data(workplace: Path) -> None:
    (workplace / "bert").mkdir()
    (workplace / "bert/config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(UserError, match=r"bert is a model, not data\. .*: ftcli train DATA --model bert$"):
        Given("bert").start()
