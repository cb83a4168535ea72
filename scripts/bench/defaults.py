"""Are the defaults the best of their neighbours? python scripts/bench/defaults.py flowers.yaml sst2.yaml --seeds 3

A YAML names data with a test split, and a network; every other key is left out. It is trained as it is, then with
one key changed at a time: the rates times 3 and by 3, half and twice the length, another freezing policy, more weight
decay, another decay per block, without the probe. Seeds are those of the training; the splits stay the same. Each run
is a line of FOLDER/defaults.jsonl, and what is there is not trained again. The table has means over the seeds; `+-` is
the standard error over the seeds. The last line of a configuration is what the default lacks to the best neighbour on
test, which chose nothing, and its time in units of the fastest neighbour within a point of the best.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DEFAULT = "default"
POLICIES = ("none", "backbone", "lp-ft")
POINT = 0.01


def changed(resolved: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Names and changes of the neighbours of an experiment, as its experiment.yaml has it."""
    rates = resolved["optimizer"]
    for name, factor in (("rates x 3", 3.0), ("rates / 3", 1 / 3)):
        # A rate that is given leaves the decay per block to be given, too.
        scaled = [f"optimizer.{key}={rates[key] * factor:.4g}" for key in ("lr", "backbone_lr")]
        yield name, [*scaled, f"optimizer.lr_decay={rates['lr_decay']}"]
    epochs = resolved["training"]["epochs"]
    yield "length x 2", [f"training.epochs={2 * epochs}"]
    yield "length / 2", [f"training.epochs={max(1, epochs // 2)}"]
    policy = resolved["freeze"]
    for other in POLICIES:
        if other != (policy if isinstance(policy, str) else policy["name"]):
            yield f"freeze {other}", [f"freeze={other}"]
    yield "weight decay x 10", [f"optimizer.weight_decay={10 * rates['weight_decay']:.4g}"]
    other_decay = 1.0 if rates["lr_decay"] < 1 else 0.8
    yield f"decay per block {other_decay}", [f"optimizer.lr_decay={other_decay}"]
    yield "no probe", ["training.probe=no"]


def trained(config: Path, changes: list[str], run: Path) -> dict[str, Any]:
    """Train in a process of its own; the figures, and what the run resolved to."""
    shutil.rmtree(run, ignore_errors=True)
    command = [sys.executable, "-m", "ftcli", "train", str(config), *changes, f"output={run}", "--quiet"]
    began = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        return {"error": (ended.stderr or ended.stdout).strip().splitlines()[-1:]}
    seconds = time.monotonic() - began
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    resolved = yaml.safe_load((run / "experiment.yaml").read_text(encoding="utf-8"))
    shutil.rmtree(run)
    return {
        "metric": summary["metric"], "val": summary["val"][summary["metric"]],
        "test": summary["test"][summary["metric"]], "seconds": round(seconds, 1),
        "epochs": summary["epochs"], "best_epoch": summary["best_epoch"], "probe": summary.get("probe"),
        "resolved": {key: resolved.get(key) for key in ("freeze", "optimizer", "training")},
    }  # fmt: skip


class Results:
    """The runs of a file, by configuration, seed and name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        rows = map(json.loads, lines)
        self.found: dict[tuple[Any, ...], dict[str, Any]] = {tuple(one["key"]): one["value"] for one in rows}

    def run(self, config: Path, seed: int, name: str, changes: list[str]) -> dict[str, Any]:
        """The result that is there, else of a new training."""
        key = (config.stem, seed, name)
        if key not in self.found:
            given = [f"training.seed={seed}", "data.split_seed=0", *changes]
            self.found[key] = trained(config, given, self.path.parent / f"run-{config.stem}")
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "value": self.found[key]}) + "\n")
            one = self.found[key]
            said = one.get("error") or f"val {one['val']:.4f} test {one['test']:.4f} {one['seconds']} s"
            print(f"{config.stem} seed {seed} {name}: {said}", flush=True)
        return self.found[key]


def table(results: Results, config: str) -> str:
    """The means of each name, and what the default lacks."""
    means: dict[str, tuple[float, float, float]] = {}
    lines = []
    for name in dict.fromkeys(key[2] for key in results.found if key[0] == config):
        known = [value for key, value in results.found.items() if key[0] == config and key[2] == name]
        fine = [one for one in known if "error" not in one]
        if not fine:
            continue
        val, test, seconds = (statistics.mean(one[key] for one in fine) for key in ("val", "test", "seconds"))
        error = (
            statistics.stdev(one["test"] for one in fine) / math.sqrt(len(fine))
            if len(fine) > 1
            else math.nan
        )
        means[name] = val, test, seconds
        lines.append(
            f"{config:10} {name:22} val {val:.4f}  test {test:.4f} +- {error:.4f}  {seconds:6.1f} s  n={len(fine)}"
        )
    best = max(test for _, test, _ in means.values())
    near = min(seconds for _, test, seconds in means.values() if test >= best - POINT)
    _, test, seconds = means[DEFAULT]
    return "\n".join(
        [*lines, f"{config}: lacks {100 * (best - test):.2f} points; {seconds / near:.2f} x the time"]
    )


def main() -> int:
    """Train what is missing and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", help="names of neighbours; the default is always trained")
    parser.add_argument("--folder", type=Path, default=Path("runs/bench"))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    results = Results(given.folder / "defaults.jsonl")
    for config in given.configs:
        for seed in range(given.seeds):
            base = results.run(config, seed, DEFAULT, [])
            if "error" in base:
                return 1
            for name, changes in changed(base["resolved"]):
                if given.only is None or name in given.only:
                    results.run(config, seed, name, changes)
        print(table(results, config.stem), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
