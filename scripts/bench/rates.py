"""What is lost by the learning rate that a rule finds: sweeps and a grid of whole trainings on the same tasks.

    python scripts/bench/rates.py --data DATA --weights WEIGHTS --text-model MODEL [--only frozen-images] [--seeds 3]

DATA has `flowers/{train,val}/CLASS`, `cifar10/{train,test}/CLASS` and `sst2/{train,dev}.tsv`; WEIGHTS has
`torchvision/mobilenet_v2*.pth` and `torchvision/squeezenet1_0*.pth`; MODEL is a Hugging Face folder of the BERT kind.
Each result is a line of FOLDER/results.jsonl, and what is there is not computed again. The regret of a rule is the best
figure of the grid less the figure at what the rule says, interpolated in the logarithm of the rate; figures are those
of the test split, means over the seeds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.config.schema import Experiment
from ftcli.errors import NotFiniteError
from ftcli.runs.experiment_checks import load_checked
from ftcli.runs.session import Session, prepare
from ftcli.runs.settling import rules
from ftcli.runs.settling.bracket import Curve, bracket, median
from ftcli.runs.settling.sweep import sweeps
from ftcli.runs.train import train

GRID = [3.0**power for power in range(-4, 5)]
IMAGES = "data: {train: TRAIN, val: VAL, test: TEST, image_size: 64, augment: none}"
TEXTS = "data: {train: TRAIN, val: VAL, test: TEST, columns: [text, label]}"
DIGITS = "data: {source: digits, val: 0.1, image_size: 32, per_class: 30, augment: none}"
MOBILENET = "model: {backbone: torchvision/mobilenet_v2, weights: MOBILENET}"
SQUEEZENET = "model: {backbone: torchvision/squeezenet1_0, weights: SQUEEZENET}"
BERT = (
    "model: {backbone: bert, config: {hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, "
    "intermediate_size: 128}, tokenizer: {vocab_size: 2000}}"
)
# The data of each task, and its YAML without `task`.
TASKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "frozen-images": ("flowers", (IMAGES, MOBILENET, "freeze: backbone")),
    "frozen-text": ("sst2", (TEXTS, "model: MINILM", "freeze: backbone")),
    "vit-tiny": ("digits", (DIGITS, "model: VIT", "freeze: none", "training: {epochs: 12}")),
    "bert-tiny": ("sst2", (TEXTS, BERT, "training: {epochs: 8}")),
    "cnn": ("cifar10", (IMAGES, MOBILENET, "freeze: none", "training: {epochs: 6}")),
    "cnn-sgd": ("cifar10", (IMAGES, SQUEEZENET, "freeze: none", "optimizer: sgd", "training: {epochs: 6}")),
    "cnn-adam": ("cifar10", (IMAGES, SQUEEZENET, "freeze: none", "optimizer: adam", "training: {epochs: 6}")),
    "text": ("sst2", (TEXTS, "model: MINILM", "freeze: none", "training: {epochs: 3}")),
}
# Examples of a class in each split.
SIZES = {
    "flowers": {"train": 24, "val": 8, "test": 16},
    "cifar10": {"train": 20, "val": 10, "test": 50},
    "sst2": {"train": 150, "val": 75, "test": 200},
}


class Results:
    """Lines of a file, each a result with the key that it was computed for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self.found: dict[tuple[Any, ...], Any] = {}
        for line in map(json.loads, lines):
            self.found[tuple(line["key"])] = line["value"]

    def add(self, key: tuple[Any, ...], value: Any) -> None:
        """Keep one more."""
        self.found[key] = value
        with self.path.open("a") as file:
            file.write(json.dumps({"key": key, "value": value}) + "\n")


def subset(name: str, data: Path, folder: Path) -> dict[str, Path]:
    """The splits of a data set, of as many examples of each class as `SIZES` says."""
    if name not in SIZES:
        return {}
    ending = ".tsv" if name == "sst2" else ""
    paths = {split: folder / name / f"{split}{ending}" for split in SIZES[name]}
    if not paths["test"].exists():
        (_texts if ending else _images)(data / name, paths, SIZES[name])
    return {split.upper(): path.absolute() for split, path in paths.items()}


def _images(data: Path, paths: dict[str, Path], sizes: Mapping[str, int]) -> None:
    for known in sorted((data / "train").iterdir()):
        held = next(data / split / known.name for split in ("test", "val") if (data / split).is_dir())
        trained, scored = sorted(known.iterdir()), sorted(held.iterdir())
        scored = [*scored[: sizes["val"] + sizes["test"]], *trained[sizes["train"] :]]
        parts = {"train": trained, "val": scored, "test": scored[sizes["val"] :]}
        for split, files in parts.items():
            folder = paths[split] / known.name
            folder.mkdir(parents=True)
            for file in files[: sizes[split]]:
                shutil.copy(file, folder / file.name)


def _texts(data: Path, paths: dict[str, Path], sizes: Mapping[str, int]) -> None:
    scored = (data / "dev.tsv").read_text().splitlines()
    parts = {"train": (data / "train.tsv").read_text().splitlines()[::7], "val": scored, "test": scored[::-1]}
    for split, lines in parts.items():
        kept = [
            line for label in "01" for line in [one for one in lines if one.endswith(label)][: sizes[split]]
        ]
        paths[split].parent.mkdir(parents=True, exist_ok=True)
        paths[split].write_text("\n".join(kept) + "\n")


def tiny_vit(folder: Path) -> Path:
    """A small vision transformer of random weights, as a Hugging Face folder."""
    path = folder / "vit"
    if not path.exists():
        from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

        sizes = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
        config = ViTConfig(**sizes, image_size=32, patch_size=8)
        ViTForImageClassification(config).save_pretrained(path)
        ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(path)
    return path


def experiment_of(name: str, given: argparse.Namespace, seed: int) -> Experiment:
    """The experiment of a task; its data and networks are written where they are missing."""
    data, lines = TASKS[name]
    text = "\n".join(lines)
    places = {
        "MOBILENET": next(given.weights.glob("torchvision/mobilenet_v2*.pth"), None),
        "SQUEEZENET": next(given.weights.glob("torchvision/squeezenet1_0*.pth"), None),
        "MINILM": given.text_model,
        **subset(data, given.data, given.folder),
    }
    if "VIT" in text:
        places["VIT"] = tiny_vit(given.folder)
    for word, path in places.items():
        text = text.replace(word, str(path))
    task = "text-classification" if data == "sst2" else "image-classification"
    (given.folder / f"{name}.yaml").write_text(f"task: {task}\n{text}\n")
    return load_checked(given.folder / f"{name}.yaml", [f"training.seed={seed}", "training.early_stop=none"])


def at_factor(experiment: Experiment, session: Session, factor: float) -> Experiment:
    """The experiment with its usual rates, filled in by `session`, times a factor."""
    part = session.experiment.optimizer
    assert part is not None
    rates = {key: part.options[key] * factor for key in ("lr", "backbone_lr")}
    chosen = replace(part, options={**part.options, **rates, "lr_decay": part.options["lr_decay"]})
    return replace(experiment, optimizer=chosen)


def figure(experiment: Experiment, folder: Path) -> float:
    """The test figure of a training; 0 where it diverges."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run = train(replace(experiment, output=str(folder)))
    except NotFiniteError:
        return 0.0
    summary = json.loads((run / "summary.json").read_text())
    shutil.rmtree(folder)
    return float(summary["test"][summary["metric"]])


def measure(name: str, given: argparse.Namespace, results: Results) -> None:
    """The curves and the grid of one task, as far as they are missing."""
    for seed in range(given.seeds):
        experiment = experiment_of(name, given, seed)
        missing = [factor for factor in GRID if (name, seed, "grid", factor) not in results.found]
        if not missing and (name, seed, "curves") in results.found:
            continue
        session = prepare(experiment)
        if (name, seed, "curves") not in results.found:
            begun = time.perf_counter()
            swept = sweeps(session)
            curves = [[curve.factors.tolist(), curve.losses.tolist()] for curve in swept.curves]
            seconds = time.perf_counter() - begun
            results.add(
                (name, seed, "curves"), {"curves": curves, "travel": swept.travel, "seconds": seconds}
            )
        for factor in missing:
            found = figure(at_factor(experiment, session, factor), given.folder / "run")
            results.add((name, seed, "grid", factor), found)
            print(f"{name} seed {seed} x{factor:.3g}: {found:.4f}", flush=True)


def suggestions(curves: list[Curve], travel: float) -> dict[str, float]:
    """What each rule says, in factors of the usual rates: ours, the usual rate, and others on the same median curve."""
    middle = median(curves)
    means = rules.smoothed(middle.losses)
    found = bracket(curves, travel)
    others = {
        "valley": rules.valley,
        "steep": rules.steep,
        "minimum": rules.minimum,
        "slide": rules.slide,
        "lightning": rules.lightning,
    }
    valley_or_tenth = min(rules.valley(middle.factors, means), (found.diverges or np.inf) / 10)
    said = {name: rule(middle.factors, means) for name, rule in others.items()}
    return {"ours": found.suggestion, "usual": 1.0, "min(valley, diverge/10)": valley_or_tenth, **said}


def regrets(results: Results, name: str) -> dict[str, list[float]]:
    """The regret of each rule on one task, in points, for each seed whose curves and grid are there."""
    seeds = sorted({key[1] for key in results.found if key[0] == name and key[2] == "curves"})
    grids = {
        seed: [results.found.get((name, seed, "grid", factor), np.nan) for factor in GRID] for seed in seeds
    }
    whole = [seed for seed in seeds if np.isfinite(grids[seed]).all()]
    if not whole:
        return {}
    figures = np.mean([grids[seed] for seed in whole], axis=0)
    found: dict[str, list[float]] = {}
    for seed in whole:
        kept = results.found[(name, seed, "curves")]
        curves = [Curve(np.array(factors), np.array(losses)) for factors, losses in kept["curves"]]
        for rule, factor in suggestions(curves, kept["travel"]).items():
            at = np.interp(np.log(factor), np.log(GRID), figures)
            found.setdefault(rule, []).append(100 * float(figures.max() - at))
    return found


def table(results: Results) -> str:
    """The mean regret of each rule on each task, and over the tasks."""
    by_task = {name: found for name in TASKS if (found := regrets(results, name))}
    if not by_task:
        return "no task is whole yet"
    names = list(next(iter(by_task.values())))
    lines = [f"{'points lost':24}" + "".join(f"{name[:14]:>15}" for name in [*by_task, "mean"])]
    for rule in names:
        means = [float(np.mean(found[rule])) for found in by_task.values()]
        lines.append(f"{rule:24}" + "".join(f"{value:15.2f}" for value in [*means, float(np.mean(means))]))
    return "\n".join(lines)


def main() -> None:
    """Measure what is missing, and print the table of what is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--text-model", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=Path("runs/rates"))
    parser.add_argument("--only", action="append", choices=TASKS)
    parser.add_argument("--seeds", type=int, default=3, help="0 prints the table alone")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    results = Results(given.folder / "results.jsonl")
    for name in given.only or TASKS:
        measure(name, given, results)
    print(table(results))


if __name__ == "__main__":
    main()
