"""The front door: help, lists, the schema, the starter; quick answers without torch; statuses."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
import yaml

from ftcli import __version__
from ftcli.config.reader import read_file
from ftcli.config.tree import plain
from tests.running import Command
from tests.tiny import data as tiny_data

CONFIGS = Path(__file__).parents[2] / "configs"


UNNEEDED = {
    "transformers", "tokenizers", "huggingface_hub", "sklearn", "scipy", "pandas", "pyarrow", "soundfile", "soxr",
    "sacrebleu", "rouge_score", "jiwer", "pycocotools", "tensorboard",
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
    [["--help"], ["-h"], ["train", "--help"], ["--version"], ["list-models"], ["init", "reviews.csv"]],
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
    "command", [[], ["train"], ["eval"], ["predict"], ["list-models"], ["init"], ["cache"], ["schema"]]
)
def test_h_is_help(ftcli: Command, command: list[str]) -> None:
    shown = ftcli.ok(*command, "-h")
    assert shown == ftcli.ok(*command, "--help")
    assert "Usage: " in shown


def test_list_models(ftcli: Command) -> None:
    shown = ftcli.ok("list-models", "resnet*")
    assert "torchvision/resnet50" in shown
    assert "bert" not in shown
    assert "huggingface, gated" in ftcli.ok("list-models", "gemma")
    found = json.loads(ftcli.ok("list-models", "--json", "--task", "text-classification"))
    assert {"bert-base-uncased", "gpt2", "xlnet-base-cased", "t5-small"} <= {entry["name"] for entry in found}
    assert {entry["modality"] for entry in found} == {"text"}
    assert "no known model matches 'nothing-like-it'" in ftcli.refused("list-models", "nothing-like-it")
    assert "Did you mean 'text-classification'?" in ftcli.refused(
        "list-models", "--task", "text-clasification"
    )


def test_the_schema_accepts_every_shipped_file_and_refuses_a_misspelt_key(ftcli: Command) -> None:
    schema = json.loads(ftcli.ok("schema"))
    validator = jsonschema.Draft202012Validator(schema)
    for path in CONFIGS.glob("*.yaml"):
        document = json.loads(json.dumps(plain(read_file(path)[0])))
        assert list(validator.iter_errors(document)) == [], path.name
        spoilt = {**document, "training": {**document.get("training", {}), "epocs": 3}}
        assert list(validator.iter_errors(spoilt)), path.name
    assert not validator.is_valid(
        {"task": "image-classification", "data": "d", "model": "m", "loss": {"name": "x"}}
    )


def test_init_writes_what_train_takes(ftcli: Command, workplace: Path) -> None:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(12))
    assert "reviews.csv" in ftcli.ok("init", "reviews.csv")
    ftcli.ok("init", "reviews.csv", "--output", "x.yaml")
    written = yaml.safe_load((workplace / "x.yaml").read_text())
    assert written["task"] == "text-classification"
    assert (written["data"]["text"], written["data"]["label"]) == ("text", "label")
    assert "is there already" in ftcli.refused("init", "reviews.csv", "--output", "x.yaml")
    tiny_data.class_folders(workplace / "photos")
    ftcli.ok("init", "photos", "--output", "y.yaml")
    shown = ftcli.ok(
        "train", "y.yaml", "model=torchvision/shufflenet_v2_x0_5", "model.weights=none", "--dry-run"
    )
    assert "2 classes" in shown


def test_init_sees_chinese(ftcli: Command, workplace: Path) -> None:
    rows = [{"review": f"房间很好，服务也不错 {n}", "label": str(n % 2)} for n in range(12)]
    tiny_data.table(workplace / "hotels.csv", rows)
    assert "model: bert-base-chinese" in ftcli.ok("init", "hotels.csv")


def test_predictions_on_the_screen_cannot_steer_the_terminal(ftcli: Command, workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos", classes=("blue", "red\x1b[31m"), per_class=4)
    (workplace / "x.yaml").write_text(
        "task: image-classification\ndata: {source: photos, image_size: 32, val: none}\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\n"
        "training: {epochs: 1, device: cpu}\n"
    )
    assert "\x1b" not in ftcli.ok("train", "x.yaml")
    image = next((workplace / "photos/blue").iterdir())
    shown = ftcli.ok("predict", "--checkpoint", "runs/x", image)
    assert "\x1b" not in shown
    rows = list(csv.DictReader(shown.splitlines()))
    assert rows[0]["id"] == str(image)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_ends_quietly_with_the_way_to_go_on(
    number: signal.Signals, status: int, workers: int, tmp_path: Path
) -> None:
    arguments = [
        "train",
        str(CONFIGS / "quickstart.yaml"),
        "data.per_class=3",
        "training.epochs=1000",
        "output=run",
        f"data.workers={workers}",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "ftcli", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("run/checkpoints/epoch-0002")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, number)  # as a terminal does: the workers get it too
    _, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in err
    assert err.strip() == "interrupted. Go on with: ftcli train --resume run"


def test_a_mismatched_pair_of_packages_is_one_sentence(
    ftcli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    real = builtins.__import__

    def broken(name: str, *arguments: object, **keywords: object) -> object:
        if name == "torchvision":
            raise RuntimeError("operator torchvision::nms does not exist")
        return real(name, *arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", broken)
    message = ftcli.refused("eval", "--checkpoint", "x")
    assert "do not fit each other (operator torchvision::nms does not exist)" in message
    assert "pip install --upgrade" in message
    assert message.count("\n") == 1
