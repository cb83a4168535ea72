"""How far `ftcli plan` is off: memory, time and disk of 24 configurations, each against a training in its process.

    python scripts/bench/planning.py --output planning.json [--only bert] [--traced]

Networks are small and made from nothing, with sizes at which activations are a good part of the peak. Memory is the
peak of the anonymous memory of the process. Beside it is what others' formulas give: accelerate's estimate-memory
for training with Adam (4 times the weights), and torchinfo's total (weights, and twice the outputs of all
modules without children).
Memory does not depend on what else the machine does; times need a quiet one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

EXAMPLES, EPOCHS = 48, 2
IMAGES = "task: image-classification\ndata: {source: photos, val: 0.25, batch_size: 12, image_size: 96, augment: none}"
TEXTS = "task: text-classification\ndata: {train: texts.csv, val: 0.25, batch_size: 12, max_length: 128}"
SOUNDS = "task: audio-classification\ndata: {source: sounds, val: 0.25, batch_size: 8}"
NETWORKS = {
    "resnet18": (IMAGES, "{backbone: torchvision/resnet18, weights: none}"),
    "mobilenet_v2": (IMAGES, "{backbone: torchvision/mobilenet_v2, weights: none}"),
    "vit-tiny": (IMAGES, "vit"),
    "bert-mini": (
        TEXTS,
        "{backbone: bert, config: {hidden_size: 256, num_hidden_layers: 4, num_attention_heads: 4, "
        "intermediate_size: 1024}}",
    ),
    "gpt2-mini": (TEXTS, "{backbone: gpt2, config: {n_embd: 256, n_layer: 4, n_head: 4}}"),
    "wav2vec2-tiny": (
        SOUNDS,
        "{backbone: wav2vec2, config: {hidden_size: 192, num_hidden_layers: 4, num_attention_heads: 4, "
        "intermediate_size: 512}}",
    ),
}
FREEZING = {
    "full": ["freeze=none"],
    "half": ["freeze=3"],
    "frozen": ["freeze=backbone"],
    "parts": ["freeze=none", "training.micro_batch=4"],
}
PRECISIONS = ("fp32", "bf16")


def configurations() -> Iterator[tuple[str, str, str]]:
    """Each network with each way of freezing, the two precisions in turn: 24 of the 48."""
    for row, network in enumerate(NETWORKS):
        for column, freezing in enumerate(FREEZING):
            yield network, freezing, PRECISIONS[(row + column) % 2]


def write_data(folder: Path) -> None:
    """Pictures, texts and sounds that are noise, of two classes."""
    random = np.random.default_rng(0)
    for index in range(EXAMPLES):
        name = ("one", "two")[index % 2]
        for kind in ("photos", "sounds"):
            (folder / kind / name).mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (120, 120, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / name / f"{index}.png")
        write_wave(folder / "sounds" / name / f"{index}.wav", random.normal(0, 0.1, 16_000))
    words = [
        [f"w{word}" for word in random.integers(0, 500, random.integers(10, 120))] for _ in range(EXAMPLES)
    ]
    lines = [f"{' '.join(one)},{index % 2}" for index, one in enumerate(words)]
    (folder / "texts.csv").write_text("\n".join(["text,label", *lines]) + "\n")


def write_vit(folder: Path) -> None:
    """A small vision transformer of random weights, as a Hugging Face folder: `model.config` is of other kinds."""
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    sizes = {"hidden_size": 192, "num_hidden_layers": 6, "num_attention_heads": 3, "intermediate_size": 768}
    config = ViTConfig(**sizes, image_size=96, patch_size=8)
    ViTForImageClassification(config).save_pretrained(folder)
    ViTImageProcessor(size={"height": 96, "width": 96}).save_pretrained(folder)


def write_wave(path: Path, values: Any) -> None:
    """A second of sound."""
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((values * 32_000).clip(-32_768, 32_767).astype("<i2").tobytes())


def write_yaml(folder: Path, network: str) -> Path:
    """The YAML of a network."""
    path, (data, model) = folder / f"{network}.yaml", NETWORKS[network]
    training = f"training: {{device: cpu, early_stop: no, epochs: {EPOCHS}}}"
    path.write_text(f"{data}\nmodel: {model}\n{training}\n")
    return path


def ftcli(folder: Path, cache: Path, *arguments: str) -> dict[str, Any]:
    """The document that a command prints, in a process of its own with an empty cache."""
    environment = {**os.environ, "FTCLI_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, "-m", "ftcli", *arguments, "--json"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"ftcli {' '.join(arguments)}: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(folder: Path, network: str, freezing: str, precision: str, *, traced: bool) -> dict[str, Any]:
    """One configuration: what was planned, and what it was."""
    name = f"{network}-{freezing}-{precision}"
    options = [str(write_yaml(folder, network)), *FREEZING[freezing], f"training.precision={precision}"]
    plan = ftcli(folder, folder / f"cache-{name}", "plan", *options)
    trace = ftcli(folder, folder / f"cache-{name}-traced", "plan", *options, "--no-run") if traced else {}
    run = ftcli(folder, folder / f"cache-{name}-real", "train", *options, f"output={folder / name}")
    peak = run["cost"]["real"]["memory_bytes"]
    others = formulas(folder / name)
    kept = len(list((folder / name / "checkpoints").glob("epoch-*")))
    disk = plan["disk_bytes"] - (plan["disk"]["checkpoints"] - kept) * plan["disk"]["checkpoint_bytes"]
    return {
        "name": name,
        "real": {"memory": peak, "seconds": run["cost"]["real"]["seconds"], "disk": run["bytes"]},
        "plan": {"memory": plan["memory_bytes"], "seconds": plan["seconds"], "disk": disk},
        "traced": trace.get("memory_bytes"),
        "traced_source": trace.get("memory_source"),
        **others,
    }  # fmt: skip


def formulas(run: Path) -> dict[str, int]:
    """Others' formulas for the network of a run."""
    import torch

    from ftcli.config.load import load_experiment
    from ftcli.runs.assembly import build_caching
    from ftcli.runs.batches import open_batches
    from ftcli.runs.names import NAMES
    from ftcli.runs.session import prepare

    session = prepare(load_experiment(run / "experiment.yaml", [], names=NAMES))
    parts = (session.task, session.backbone, session.model, session.precision)
    _, caching = build_caching(session.experiment, *parts, dry=True)
    batches = open_batches(caching, session.splits.train, training=True)
    batch = batches._loader.epoch(0)
    outputs: list[int] = []
    leaves = [part for part in session.model.modules() if not list(part.children())]
    for part in leaves:
        part.register_forward_hook(
            lambda _, __, made: outputs.append(made.nbytes) if isinstance(made, torch.Tensor) else None
        )
    with torch.no_grad():
        session.task.outputs(session.model, next(iter(batch)))
    weights = sum(value.nbytes for value in session.model.parameters())
    return {"accelerate": 4 * weights, "torchinfo": weights + 2 * sum(outputs)}


def off(expected: float | None, real: float) -> float | None:
    """How far an expectation is off, as a share of what it was."""
    return None if expected is None else abs(expected - real) / real


def errors(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Median and worst of how far each source is off."""
    sources: dict[str, Callable[[dict[str, Any]], float | None]] = {
        "memory, measured steps": lambda row: off(row["plan"]["memory"], row["real"]["memory"]),
        "memory, traced": lambda row: off(row["traced"], row["real"]["memory"]),
        "memory, accelerate": lambda row: off(row["accelerate"], row["real"]["memory"]),
        "memory, torchinfo": lambda row: off(row["torchinfo"], row["real"]["memory"]),
        "time": lambda row: off(row["plan"]["seconds"], row["real"]["seconds"]),
        "disk": lambda row: off(row["plan"]["disk"], row["real"]["disk"]),
    }
    found = {}
    for name, source in sources.items():
        known = [value for row in rows if (value := source(row)) is not None]
        if known:
            found[name] = {"median": statistics.median(known), "worst": max(known), "of": len(known)}
    return found


def main() -> None:
    """Measure the configurations; the file has those so far after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("planning.json"))
    parser.add_argument("--only", default="", help="a part of the names of configurations")
    parser.add_argument("--traced", action="store_true", help="plan with --no-run, too")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder)
        write_vit(folder / "vit")
        for one in configurations():
            if given.only in "-".join(one):
                rows.append(measured(folder, *one, traced=given.traced))
                given.output.write_text(json.dumps({"errors": errors(rows), "rows": rows}, indent=2) + "\n")
                print(json.dumps(rows[-1]), flush=True)
    print(json.dumps(errors(rows), indent=2))


if __name__ == "__main__":
    main()
