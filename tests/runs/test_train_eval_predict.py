"""The whole road, from a YAML file to predictions, as a user walks it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ftcli.contracts import Block
from ftcli.models.pretrained.weights import read_weights
from tests.resuming import Stop, check_resumes, files
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

IMAGES = """
task: image-classification
data: {{source: photos, batch_size: 4, image_size: 32}}
model: {{backbone: torchvision/shufflenet_v2_x0_5, weights: none}}
freeze: {freeze}
training: {{epochs: 3, seed: 1, device: cpu, precision: fp32}}
"""
TEXTS = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 16}
model: bert
optimizer: {lr: 1e-3}
training: {epochs: 3, device: cpu, precision: fp32}
"""


@pytest.fixture
def photos(workplace: Path) -> Path:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 4, "test": 2})
    return workplace


@pytest.fixture
def texts(workplace: Path) -> Path:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(workplace / "bert")
    (workplace / "texts.yaml").write_text(TEXTS)
    return workplace


def config(folder: Path, freeze: str = "none") -> Path:
    path = folder / "photos.yaml"
    path.write_text(IMAGES.format(freeze=freeze))
    return path


def summary(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "summary.json").read_text()))


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_images_from_yaml_to_predictions(ftcli: Command, photos: Path) -> None:
    shown = ftcli.ok("train", config(photos))
    run = photos / "runs" / "photos"
    assert "12 train, 8 val, 4 test examples; 2 classes" in shown
    assert {path.name for path in run.iterdir()} == {
        ".ftcli-lock", "README.md", "origin.json",
        "checkpoints", "data.json", "environment.json", "experiment.yaml", "findings.json", "log.txt", "metrics.jsonl",
        "confusion.csv", "curves.svg", "errors", "errors.csv", "model", "outcomes.json", "predictions.csv",
        "probe.json", "receipt-files.csv", "receipt.json", "report.html", "summary.json",
    }  # fmt: skip
    figures = summary(run)
    assert figures["seconds_to_first_step"] > 0
    assert {"accuracy", "auroc", "f1_macro", "loss"} <= figures["val"].keys()
    assert [line["epoch"] for line in metrics(run)] == [1, 2, 3]
    assert "epoch 3/3  train loss" in (run / "log.txt").read_text()

    for split in ("val", "test"):
        scored = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", split, "--json"))
        assert {name: scored[name] for name in figures[split]} == figures[split]  # to the last digit
        assert scored["per_class"] == figures["per_class"][split]
    elsewhere = json.loads(
        ftcli.ok("eval", "--checkpoint", run, "--data", photos / "photos" / "val", "--json")
    )
    assert elsewhere["accuracy"] == figures["val"]["accuracy"]

    images = sorted((photos / "photos" / "val").glob("*/*.png"))
    ftcli.ok("predict", "--checkpoint", run, *images, "--output", "out.csv")
    with (photos / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [str(path) for path in images]
    right = sum(row["label"] == Path(row["id"]).parent.name for row in rows)
    assert right / len(rows) == figures["val"]["accuracy"]
    for row in rows:
        assert float(row["probability"]) == pytest.approx(max(float(row["p(blue)"]), float(row["p(red)"])))


def test_texts_from_yaml_to_predictions(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", "texts.yaml")
    run = texts / "runs" / "texts"
    shutil.rmtree(texts / "bert")  # a run stands on its own
    figures = summary(run)["val"]
    scored = json.loads(ftcli.ok("eval", "--checkpoint", run, "--json"))
    assert scored["data"] == "val"
    assert {name: scored[name] for name in figures} == figures
    whole = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", "reviews.csv", "--json"))
    assert whole["examples"] == 24
    ftcli.ok("predict", "--checkpoint", run, "--input", "reviews.csv", "--output", "out.csv")
    with (texts / "out.csv").open(newline="") as file:
        labels = [row["label"] for row in csv.DictReader(file)]
    right = sum(label == row["label"] for label, row in zip(labels, tiny_data.reviews(24), strict=True))
    assert right / 24 == whole["accuracy"]


def test_one_checkpoint_can_be_evaluated(ftcli: Command, photos: Path) -> None:
    ftcli.ok("train", config(photos))
    best = summary(photos / "runs/photos")["best_epoch"]
    shown = ftcli.ok("eval", "--checkpoint", f"runs/photos/checkpoints/epoch-{best:04d}", "--json")
    assert json.loads(shown)["accuracy"] == summary(photos / "runs/photos")["val"]["accuracy"]


def test_a_run_repeats_from_its_own_directory(
    ftcli: Command, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", config(photos))
    (photos / "elsewhere").mkdir()
    monkeypatch.chdir(photos / "elsewhere")
    ftcli.ok("train", photos / "runs/photos/experiment.yaml", "output=again")
    first, again = photos / "runs/photos", photos / "elsewhere/again"
    assert summary(again)["val"] == summary(first)["val"]
    name = f"checkpoints/epoch-{summary(first)['epochs']:04d}/model.safetensors"
    assert (again / name).read_bytes() == (first / name).read_bytes()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(ftcli: Command, photos: Path) -> None:
    path = config(photos)
    for output, seed, workers in [("a", 1, 0), ("b", 1, 2), ("c", 2, 0)]:
        ftcli.ok("train", path, f"output={output}", f"training.seed={seed}", f"data.workers={workers}")
    weights = [(photos / name / "checkpoints/epoch-0003/model.safetensors").read_bytes() for name in "abc"]
    assert weights[0] == weights[1]  # with any number of workers
    assert weights[0] != weights[2]


@pytest.mark.parametrize(
    ("extra", "kind"),
    [
        ((), "images"),
        (("training.ema=0.9",), "images"),
        (("freeze=backbone",), "images"),
        (("freeze=2", "training.ema=0.9"), "images"),
        ((), "texts"),
        (("freeze=backbone", "training.ema=0.9"), "texts"),
    ],
)
def test_an_interrupted_run_resumes_to_the_same_bytes(
    ftcli: Command, workplace: Path, extra: tuple[str, ...], kind: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("photos" if kind == "images" else "texts")
    path = config(workplace, "lp-ft") if kind == "images" else workplace / "texts.yaml"
    check_resumes(ftcli, path, *extra)
    before = files(workplace / "halves")
    assert "nothing to resume" in ftcli.ok("train", "--resume", "halves")
    assert files(workplace / "halves") == before


def test_frozen_means_frozen_after_a_whole_run(ftcli: Command, photos: Path) -> None:
    tiny_models.torchvision_weights(photos / "w.safetensors")
    ftcli.ok("train", config(photos, "backbone"), "model.weights=w.safetensors")
    trained = read_weights(photos / "runs/photos/checkpoints/epoch-0003/model.safetensors")
    for name, value in load_file(photos / "w.safetensors").items():
        if not name.startswith("fc."):
            assert torch.equal(trained[f"backbone.net.{name}"], value), name


def test_a_run_of_ours_is_weights_for_another(ftcli: Command, photos: Path) -> None:
    ftcli.ok("train", config(photos), "output=first")
    ftcli.ok("train", config(photos, "backbone"), "output=second", "model.weights=first")
    best = summary(photos / "first")["best_epoch"]
    first = load_file(photos / f"first/checkpoints/epoch-{best:04d}/model.safetensors")
    second = read_weights(photos / "second/checkpoints/epoch-0003/model.safetensors")
    backbone = Block("backbone", ("backbone",))
    assert all(torch.equal(first[name], second[name]) for name in first if backbone.holds(name))


def test_a_resumed_run_tells_what_may_change_its_last_bits(
    ftcli: Command, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Stop(patch, epoch=1)
        assert ftcli("train", config(photos)).status == 130
    path = photos / "runs/photos/environment.json"
    facts = json.loads(path.read_text())
    facts["packages"]["torch"] = "2.0.0"
    path.write_text(json.dumps(facts | {"threads": 77}))
    shown = ftcli.ok("train", "--resume", "runs/photos")
    assert f"threads was 77 and is {torch.get_num_threads()}" in shown
    assert f"torch was 2.0.0 and is {torch.__version__.split('+')[0]}" in shown
    assert "its last bits may differ" in shown


@pytest.mark.parametrize("kind", ["images", "texts"])
def test_what_is_frozen_is_written_once_and_read_with_the_rest(
    ftcli: Command, workplace: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("photos" if kind == "images" else "texts")
    path = config(workplace) if kind == "images" else workplace / "texts.yaml"
    ftcli.ok("train", path, "output=first", "training.epochs=2")  # random weights would not do, below
    frozen = ("freeze=backbone", "model.weights=first")
    with pytest.MonkeyPatch.context() as patch:
        Stop(patch, epoch=1)
        assert ftcli("train", path, "output=second", *frozen).status == 130
    early = min((workplace / "second/checkpoints").glob("*/frozen.safetensors"))
    written = early.stat().st_ino
    ftcli.ok("train", "--resume", "second")
    late = workplace / "second/checkpoints/epoch-0003"
    assert (late / "frozen.safetensors").stat().st_ino == written
    assert {name.split(".")[0] for name in load_file(late / "model.safetensors")} == {"head"}
    assert {name.split(".")[0] for name in load_file(late / "frozen.safetensors")} == {"backbone"}
    figures = summary(workplace / "second")["val"]
    scored = json.loads(ftcli.ok("eval", "--checkpoint", "second", "--json"))
    assert {name: scored[name] for name in figures} == figures

    given = read_weights(late / "model.safetensors")
    for number, weights in enumerate([late, late / "model.safetensors", Path("second")]):
        ftcli.ok("train", path, f"output=n{number}", "freeze=backbone", f"model.weights={weights}")
        taken = load_file(workplace / f"n{number}/checkpoints/epoch-0003/frozen.safetensors")
        assert all(torch.equal(given[name], value) for name, value in taken.items())

    for file in (workplace / "second/checkpoints").glob("*/frozen.safetensors"):
        file.unlink()
    assert "not a usable checkpoint" in ftcli.refused("eval", "--checkpoint", "second")
    message = ftcli.refused("train", path, "output=none", "model.weights=second")
    assert "frozen.safetensors: no such file" in message
    assert "holds only a part of its weights" in message


def test_what_trains_in_some_epoch_is_not_frozen(ftcli: Command, photos: Path) -> None:
    ftcli.ok("train", config(photos, "lp-ft"))
    assert [*(photos / "runs/photos/checkpoints").glob("*/frozen.safetensors")] == []


def test_lp_ft_hands_nobody_a_model_worse_than_its_probe(ftcli: Command, photos: Path) -> None:
    """With a ruinous rate for the backbone the second phase spoils everything; the probe is kept."""
    ftcli.ok(
        "train", config(photos, "{name: lp-ft, probe_epochs: 3}"),
        "training.epochs=6", "training.early_stop=false", "optimizer.backbone_lr=0.05", "optimizer.lr=1e-2",
        "model.weights=digits-0-4",
    )  # fmt: skip
    run = photos / "runs/photos"
    epochs = metrics(run)
    assert summary(run)["best_epoch"] <= 3
    assert summary(run)["val"]["accuracy"] == max(
        line["val_accuracy"] for line in epochs if "val_accuracy" in line
    )


def test_default_directories_are_numbered_and_named_ones_are_not_overwritten(
    ftcli: Command, photos: Path
) -> None:
    path = config(photos)
    for _ in range(2):
        ftcli.ok("train", path, "training.epochs=1")
    assert {p.name for p in (photos / "runs").iterdir()} == {"photos", "photos-2"}
    message = ftcli.refused("train", path, "output=runs/photos")
    assert "output: runs/photos is not empty" in message
    assert "--resume runs/photos" in message


def test_print_config_loads_again_and_a_dry_run_writes_nothing(ftcli: Command, photos: Path) -> None:
    path = config(photos)
    printed = ftcli.ok("train", path, "--print-config")
    (photos / "printed.yaml").write_text(printed)
    assert ftcli.ok("train", "printed.yaml", "--print-config") == printed
    assert "batch_size: 4" in printed
    shown = ftcli.ok("train", path, "--dry-run", "--verbose")
    for word in ("block", "trainable", "frozen", "stage4", "head", "one step"):
        assert word in shown
    assert not (photos / "runs").exists()


def test_regression_predicts_in_the_users_unit(ftcli: Command, workplace: Path) -> None:
    rows = [{"text": row["text"], "score": f"{1000 + 10 * i}"} for i, row in enumerate(tiny_data.reviews(24))]
    tiny_data.table(workplace / "scores.csv", rows)
    tiny_models.bert(workplace / "bert")
    (workplace / "x.yaml").write_text(
        "task: text-regression\ndata: {train: scores.csv, val: 0.25, batch_size: 8}\nmodel: bert\n"
        "training: {epochs: 2, device: cpu}\n"
    )
    ftcli.ok("train", "x.yaml")
    figures = summary(workplace / "runs/x")["val"]
    assert {"mse", "mae", "rmse", "spearman"} <= figures.keys()
    assert figures["rmse"] < 300
    ftcli.ok("predict", "--checkpoint", "runs/x", "--input", "scores.csv", "--output", "out.csv")
    with (workplace / "out.csv").open(newline="") as file:
        numbers = [float(row["label"]) for row in csv.DictReader(file)]
    assert all(900 < number < 1400 for number in numbers)


def test_many_labels(ftcli: Command, workplace: Path) -> None:
    tiny_data.table(workplace / "topics.csv", tiny_data.topics(24))
    tiny_models.bert(workplace / "bert")
    (workplace / "x.yaml").write_text(
        'task: text-classification\ndata: {train: topics.csv, val: 0.25, label_separator: "|", batch_size: 8}\n'
        "model: bert\ntraining: {epochs: 2, device: cpu}\n"
    )
    ftcli.ok("train", "x.yaml")
    figures = summary(workplace / "runs/x")
    assert {"exact_match", "f1_micro", "auroc"} <= figures["val"].keys()
    scored = json.loads(ftcli.ok("eval", "--checkpoint", "runs/x", "--json"))
    assert {name: scored[name] for name in figures["val"]} == figures["val"]
    ftcli.ok("predict", "--checkpoint", "runs/x", "--input", "topics.csv")


def test_tensorboard_events_hold_the_figures(ftcli: Command, photos: Path) -> None:
    pytest.importorskip("tensorboard")
    ftcli.ok("train", config(photos), "training.tensorboard=true", "training.log_every=1")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(photos / "runs/photos/tensorboard"))
    events.Reload()
    accuracies = [event.value for event in events.Scalars("val/accuracy")]
    wanted = [line["val_accuracy"] for line in metrics(photos / "runs/photos") if "val_accuracy" in line]
    assert accuracies == pytest.approx(wanted)
    assert len(events.Scalars("train/loss")) == 9


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.parametrize("kind", ["images", "texts"])
def test_half_precisions_train_and_evaluate_alike(
    ftcli: Command, workplace: Path, precision: str, kind: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("photos" if kind == "images" else "texts")
    path = config(workplace) if kind == "images" else workplace / "texts.yaml"
    ftcli.ok("train", path, f"training.precision={precision}", "training.clip=1.0", "output=run")
    figures = summary(workplace / "run")["val"]
    scored = json.loads(ftcli.ok("eval", "--checkpoint", "run", "--data", "val", "--json"))
    assert {name: scored[name] for name in figures} == figures


def test_gradual_thaws_a_block_at_a_time(ftcli: Command, photos: Path) -> None:
    """After two epochs the head and the topmost block have moved, and nothing below."""
    tiny_models.torchvision_weights(photos / "w.safetensors")
    ftcli.ok("train", config(photos, "gradual"), "model.weights=w.safetensors", "training.epochs=2")
    trained = read_weights(photos / "runs/photos/checkpoints/epoch-0002/model.safetensors")
    given = load_file(photos / "w.safetensors")
    moved = {
        name.split(".")[0]
        for name, value in given.items()
        if not name.startswith("fc.") and not torch.equal(trained[f"backbone.net.{name}"], value)
    }
    assert moved == {"conv5"}
