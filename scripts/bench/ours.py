"""`ftcli train` on a YAML file, with its own cache folder: empty for a first run, kept for a second (`--again`)."""

from __future__ import annotations

import contest

if __name__ == "__main__":
    ORDER = contest.parse(__doc__)

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from contest import MAX_TOKENS, Order


def experiment(order: Order, output: Path) -> dict[str, Any]:
    """The YAML file's content; the recipe of all contestants, and otherwise our defaults."""
    work = order.work
    data = order.data.resolve()
    head = {"head": {"hidden": [work.hidden]}} if work.hidden else {}
    shared = {
        "freeze": freezing(order),
        "optimizer": {"name": "adamw", "lr": work.rate * (2 if order.again else 1)},
        "training": {"epochs": order.epochs, "early_stop": False},
        "output": str(output),
    }
    cache = {"cache": "none"} if order.uncached else {}
    if work.modality == "images":
        return shared | {
            "task": "image-classification",
            "data": {
                **cache,
                "train": str(data / "train"),
                "val": str(data / "val"),
                "batch_size": order.batch_size,
                "image_size": order.image_size,
                "augment": "none",
            },
            "model": {
                "backbone": f"torchvision/{order.architecture}",
                "weights": str(order.model.resolve()),
                **head,
            },
        }
    return shared | {
        "task": "text-classification",
        "data": {
            **cache,
            "train": str(data / "train.tsv"),
            "val": str(data / "val.tsv"),
            "text": "text",
            "label": "label",
            "quoting": False,
            "batch_size": order.batch_size,
            "max_length": MAX_TOKENS,
        },
        "model": {"backbone": str(order.model.resolve()), **head},
    }


def freezing(order: Order) -> Any:
    """The `freeze` key: with `part`, all but ResNet's last stage, or the embeddings and two thirds of the layers."""
    if order.work.frozen != "part":
        return {"all": "backbone", "none": "none"}[order.work.frozen]
    if order.work.modality == "images":
        return {"name": "patterns", "patterns": ["stem", "layer1", "layer2", "layer3"]}
    layers = json.loads((order.model / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"]
    return 1 + 2 * layers // 3


def train(order: Order, folder: Path) -> tuple[float, float]:
    """Run the command; gives the accuracy after the last epoch and the seconds of training, from its own report."""
    output, file = folder / "run", folder / "experiment.yaml"
    file.write_text(yaml.safe_dump(experiment(order, output), sort_keys=False), encoding="utf-8")
    cache = order.cache.resolve() if order.cache else folder / "cache"
    environment = {**os.environ, "FTCLI_CACHE": str(cache)}
    command = [sys.executable, "-m", "ftcli", "train", str(file)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    sys.stdout.write(done.stdout)
    if done.returncode:
        raise SystemExit(done.returncode)
    seconds = json.loads((output / "summary.json").read_text(encoding="utf-8"))["seconds"]
    last = json.loads((output / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    return last["val_accuracy"], max(seconds, 0.1)  # in tenths, in the summary


def main(order: Order) -> None:
    """Do the work and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        accuracy, training = train(order, Path(folder))
    contest.finish(order, accuracy=accuracy, training=training)


if __name__ == "__main__":
    main(ORDER)
