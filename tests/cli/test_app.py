"""The front door: help, the version, and quick answers without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ftcli import __version__
from tests.running import Command
from tests.tiny import data as tiny_data

CONFIGS = Path(__file__).parents[2] / "configs"


UNNEEDED = {
    "transformers", "tokenizers", "huggingface_hub", "sklearn", "scipy", "pandas", "pyarrow", "soundfile", "soxr",
    "sacrebleu", "rouge_score", "jiwer", "pycocotools", "tensorboard", "mlflow", "wandb", "trackio",
}  # fmt: skip
COMPILER = {"torch._dynamo", "torch._inductor", "sympy"}  # PyTorch's optimizers import it


def imported_by(arguments: list[str], folder: Path, status: int = 0) -> tuple[set[str], str]:
    """What a command that ends so has imported by then, in a process of its own; and its errors."""
    code = (
        "import sys; sys.argv[0] = 'ftcli'; from ftcli.cli.app import main\n"
        "try: main()\n"
        "except SystemExit as stop: print('\\nSTATUS', stop.code, *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    ended, *modules = done.stdout.splitlines()[-1].removeprefix("STATUS ").split()
    assert ended == str(status), done.stderr
    return set(modules), done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["-h"],
        ["train", "--help"],
        ["--version"],
        ["list-models"],
        ["init", "reviews.csv"],
        ["check", "reviews.csv"],
    ],
)
def test_quick_answers_do_not_import_torch(arguments: list[str], tmp_path: Path) -> None:
    tiny_data.table(tmp_path / "reviews.csv", tiny_data.reviews(12))
    modules, _ = imported_by(arguments, tmp_path)
    assert not modules & {"torch", "transformers", "torchvision"}


def test_runs_of_images_import_only_what_they_need(workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos")
    (workplace / "my.yaml").write_text(
        "task: image-classification\ndata: {source: photos, val: 0.5, image_size: 32}\nfreeze: backbone\noutput: run\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {epochs: 1, device: cpu}\n"
    )
    trained, _ = imported_by(["train", "my.yaml"], workplace)
    assert {"torch", "torchvision"} <= trained
    assert not trained & UNNEEDED
    parts = {name.removeprefix("ftcli.tasks.") for name in trained if name.startswith("ftcli.tasks.")}
    assert parts == {
        "classification", "inputs", "inputs.images", "lengths", "showing", "supervised", "targets", "targets.labels",
        "units",
    }  # fmt: skip
    assert not {f"ftcli.metrics.{name}" for name in ("average_precision", "entities", "overlap")} & trained
    for arguments in (
        ["eval", "--checkpoint", "run"],
        ["predict", "--checkpoint", "run", "photos/red/0.png"],
    ):
        modules, _ = imported_by(arguments, workplace)
        assert not modules & (UNNEEDED | COMPILER)


def test_a_wrong_key_is_answered_without_torch(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "task: image-classification\ndata: digits\nmodel: m\ntraining: {epocs: 3}\n"
    )
    code = (
        "import sys; sys.argv = ['ftcli', 'train', 'x.yaml']; from ftcli.cli.app import main\n"
        "try: main()\n"
        "except SystemExit as stop: print(stop.code, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["2", "False"]
    assert "x.yaml:4: training.epocs: no such key. Did you mean 'epochs'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["predict", "x.jpg"], "the first argument is the run, and x.jpg does not exist"),
        (
            ["predict", "--checkpoint", "runs/x", "x.jpg", "--output", "p.xlsx"],
            "--output p.xlsx: this format cannot be written",
        ),
        (["eval"], "say which run"),
    ],
)
def test_what_is_asked_for_is_checked_without_torch(
    arguments: list[str], answer: str, tmp_path: Path
) -> None:
    modules, errors = imported_by(arguments, tmp_path, status=2)
    assert "torch" not in modules
    assert answer in errors


def test_the_version(ftcli: Command) -> None:
    assert ftcli.ok("--version") == f"ftcli {__version__}\n"


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["train"],
        ["eval"],
        ["predict"],
        ["list-models"],
        ["init"],
        ["examples"],
        ["check"],
        ["cache"],
        ["schema"],
        ["report"],
        ["runs"],
        ["compare"],
    ],
)
def test_h_is_help(ftcli: Command, command: list[str]) -> None:
    shown = ftcli.ok(*command, "-h")
    assert shown == ftcli.ok(*command, "--help")
    assert "Usage: " in shown


@pytest.mark.parametrize(
    "command", [["check"], ["report"], ["train"], ["init"], ["train", "--resume"], ["eval", "--checkpoint"]]
)
def test_a_path_that_cannot_be_is_a_mistake(ftcli: Command, workplace: Path, command: list[str]) -> None:
    name = "x" * 300
    said = ftcli.refused(*command, name)
    assert name in said
    assert said.endswith(": File name too long\n")
