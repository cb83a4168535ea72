"""Runs as their files: every file of a run that has ended, with figures that are made up but fit each other."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from ftcli.system import durable

CLASSES = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
COUNTS = ((13, 2, 0, 1, 0), (1, 14, 0, 1, 0), (0, 0, 13, 0, 3), (0, 1, 0, 15, 0), (0, 0, 2, 0, 14))
YAML = """task: image-classification
data:
  source: photos
  batch_size: 32
model:
  backbone: torchvision/mobilenet_v2
freeze: {name: lp-ft}
training:
  epochs: 20
  metric: accuracy
output: runs/flowers
"""
ENVIRONMENT = {
    "ftcli": "0.1.0", "python": "3.11.7", "platform": "Linux-6.18-x86_64", "cores": 2, "device": "cpu",
    "packages": {"torch": "2.14.1", "numpy": "2.4.6"}, "experiment": {"task": "image-classification"},
}  # fmt: skip
Document = dict[str, Any]


def write_json(path: Path, document: Any) -> None:
    """Write a document as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")


def metric_lines(epochs: int = 20, steps: int = 8, head: int = 6) -> list[Document]:
    """Lines for every step and every epoch; the head trains alone at first."""
    lines: list[Document] = []
    lr = 1e-3
    for epoch in range(1, epochs + 1):
        for step in range((epoch - 1) * steps + 1, epoch * steps + 1):
            loss = 0.25 + 1.5 * math.exp(-step / 40) + 0.08 * math.sin(step * 2.3)
            lr = 1e-3 * 0.5 * (1 + math.cos(math.pi * step / (epochs * steps)))
            lines.append({"step": step, "epoch": epoch, "loss": loss, "lr": lr})
        accuracy = 0.8625 - 0.5 * math.exp(-epoch / 4) - (0.004 * (epoch - 17) if epoch > 17 else 0)
        line = {
            "epoch": epoch, "step": epoch * steps, "train_loss": 0.25 + 1.5 * math.exp(-epoch * steps / 40),
            "val_loss": 0.41 + 1.2 * math.exp(-epoch / 5), "val_accuracy": accuracy, "best": epoch <= 17,
            "seconds": 17.0 if epoch > head else 4.2, "examples_per_second": 61.3, "lr": lr,
            "phase": "all blocks" if epoch > head else "head",
        }  # fmt: skip
        lines.append(line)
    return lines


def per_class(classes: Sequence[str] = CLASSES) -> list[Document]:
    """Figures that follow from `COUNTS`."""
    rows = []
    for index, name in enumerate(classes):
        hits, support = COUNTS[index][index], sum(COUNTS[index])
        precision, recall = hits / sum(row[index] for row in COUNTS), hits / support
        f1 = 2 * precision * recall / (precision + recall)
        rows.append({"class": name, "precision": precision, "recall": recall, "f1": f1, "support": support})
    return rows


def outcomes(classes: Sequence[str] = CLASSES, pictures: Sequence[str] = ()) -> Document:
    """outcomes.json of a classification of 80 images."""
    wrong = [
        (classes[true], classes[said], COUNTS[true][said])
        for true in range(5)
        for said in range(5)
        if true != said and COUNTS[true][said]
    ]
    errors = []
    for index, picture in enumerate([*pictures, None]):
        true, said, _ = wrong[index % len(wrong)]
        sure = 0.95 - 0.02 * index
        errors.append(
            {
                "row": index * 3,
                "id": f"{true}/{1031 + 77 * index}_n.jpg",
                "true": true,
                "predicted": said,
                "probability": sure,
                "true_probability": 0.6 * (1 - sure),
                "score": 0.0,
                "doubtful": sure >= 0.9,
                "picture": picture,
                "text": None,
            }
        )
    accuracy = {"value": 0.8625, "low": 0.7704, "high": 0.9213, "interval": "Wilson, 95 %"}
    macro = {"value": 0.8614, "low": 0.7798, "high": 0.9236, "interval": "bootstrap, 1000 resamples, 95 %"}
    return {
        "version": 1, "split": "test", "examples": 80, "metric": "accuracy", "lower_is_better": False,
        "figures": {"accuracy": accuracy, "f1_macro": macro, "loss": {"value": 0.41}},
        "classes": list(classes), "per_class": per_class(classes),
        "confusion": {"classes": list(classes), "counts": [list(row) for row in COUNTS]},
        "confused": [
            {"true": true, "predicted": said, "count": n}
            for true, said, n in sorted(wrong, key=lambda pair: -pair[2])
        ],
        "score": "right or wrong", "errors": errors, "data": {"train": 240, "val": 80, "test": 80, "skipped": 1},
    }  # fmt: skip


def summary() -> Document:
    """summary.json of the same run."""
    return {
        "task": "image-classification", "backbone": "torchvision/mobilenet_v2", "metric": "accuracy",
        "lower_is_better": False, "epochs": 20, "best_epoch": 17, "stopped": "all epochs are done", "seconds": 262.4,
        "seconds_to_first_step": 5.6, "parameters": {"total": 2230277, "trained": 2230277}, "retried": [],
        "val": {"loss": 0.43, "accuracy": 0.85}, "test": {"loss": 0.41, "accuracy": 0.8625},
        "per_class": {"val": per_class(), "test": per_class()},
    }  # fmt: skip


def findings() -> Document:
    """findings.json with one of each severity."""
    return {
        "version": 1,
        "findings": [
            {
                "kind": "tiny-class", "count": 1, "severity": "note", "message": "1 class has 12 examples or fewer",
                "places": ["tulips"], "advice": "More of them would help.",
            },
            {
                "kind": "same-input-in-two-splits", "count": 3, "severity": "warning",
                "message": "3 images of val are also in train", "places": ["train/a.jpg = val/b.jpg"],
                "advice": "Remove them from one of the splits.",
            },
        ],
    }  # fmt: skip


def predictions(right: Sequence[float], classes: Sequence[str] = CLASSES) -> str:
    """predictions.csv with a score for each example."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["row", "id", "true", "predicted", "probability", "true_probability", "score"])
    for row, score in enumerate(right):
        true = classes[row % len(classes)]
        said = true if score == 1 else classes[(row + 1) % len(classes)]
        writer.writerow([row, f"{true}/{row}.jpg", true, said, 0.9, 0.9 if score == 1 else 0.05, score])
    return file.getvalue()


def picture(path: Path, shade: int = 0) -> None:
    """A small JPEG of a gradient."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.linear_gradient("L").resize((160, 120)).convert("RGB")
    image.putpixel((0, 0), (shade % 256, 0, 0))
    image.save(path, quality=80)


def make_run(
    path: Path,
    *,
    pictures: int = 0,
    classes: Sequence[str] = CLASSES,
    right: Sequence[float] = (),
    **changed: Any,
) -> Path:
    """A whole run; `changed` replaces documents by name without ending, and None leaves a file out."""
    names = [f"errors/{index + 1:03}.jpg" for index in range(pictures)]
    for index, name in enumerate(names):
        picture(path / name, index)
    documents: Document = {
        "environment": ENVIRONMENT, "summary": summary(), "outcomes": outcomes(classes, names),
        "findings": findings(), "data": {split: {"examples": n} for split, n in (("train", 240), ("val", 80))},
    }  # fmt: skip
    path.mkdir(parents=True, exist_ok=True)
    for name, document in (documents | changed).items():
        if document is not None and name not in ("metrics", "experiment"):
            write_json(path / f"{name}.json", document)
    (path / "experiment.yaml").write_text(changed.get("experiment", YAML), encoding="utf-8")
    lines = changed.get("metrics", metric_lines())
    if lines is not None:
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (path / "metrics.jsonl").write_text(text, encoding="utf-8")
    scores = right or [float(index % 7 != 3) for index in range(80)]
    (path / "predictions.csv").write_text(predictions(scores, classes), encoding="utf-8")
    return path


def add_checkpoint(path: Path, epoch: int = 20) -> Path:
    """Give a run a description of what it predicts, and a checkpoint, which is returned; its weights are made up."""
    write_json(path / "model/target.json", {"kind": "single-label", "classes": list(CLASSES)})
    folder = path / f"checkpoints/epoch-{epoch:04}"
    with durable.written(folder) as (partial, _):
        (partial / "model.safetensors").write_bytes(b"0" * 1000)
        (partial / "state.json").write_text("{}")
    return folder
