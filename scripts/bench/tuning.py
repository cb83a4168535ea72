"""Search strategies at equal wall time: python scripts/bench/tuning.py sst2.yaml flowers.yaml --seconds 600 --seeds 3

Each strategy has the same network, data, cores and seconds, and is judged by the test split (else validation), which no
strategy looks at before its end:

    default   one training by our defaults, whatever time is left
    ours      ftcli tune
    random    random points of the space of ftcli tune, each trained to its end
    tpe       the same space, by Optuna's TPE without pruning
    trainer   the default space of Trainer.hyperparameter_search (rate 1e-6 to 1e-4, 1 to 5 epochs, batches of 4 to 64),
              by TPE without pruning, all blocks trained; by our loop, so that only the search differs
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ftcli.config.schema import Experiment
from ftcli.errors import UserError
from ftcli.runs.experiment_checks import load_checked
from ftcli.studies.trials import Trial
from ftcli.studies.tuning.sampling import sampler_of
from ftcli.studies.tuning.space import Choices, Dimension, Point, Range, overrides
from ftcli.studies.tuning.study import Study
from ftcli.studies.tuning.tune import Asked, Tuning

TRAINER = [
    Dimension("optimizer.lr", Range(1e-6, 1e-4, log=True)),
    Dimension("training.epochs", Range(1, 5, whole=True)),
    Dimension("data.batch_size", Choices(("4", "8", "16", "32", "64"))),
]
Figures = Mapping[str, Any]
Strategy = Callable[[Path, list[str], Path, float], Figures]


def default(config: Path, changes: list[str], folder: Path, until: float) -> Figures:
    """Train once."""
    return _judged(Trial(load_checked(config, changes), folder / "run").finish(), 1)


def ours(config: Path, changes: list[str], folder: Path, until: float) -> Figures:
    """Tune."""
    began = time.monotonic()
    study = Study.create(load_checked(config, changes), folder / "study", config.stem)
    document = Tuning(study, Asked(until - began), began).run()
    if document["run"] is None:  # the time was over before the default was trained
        return {"figure": None, "trials": len(document["trials"])}
    summary = json.loads((Path(document["run"]) / "summary.json").read_text(encoding="utf-8"))
    more = {"replaced": document["replaced"], "repeated": document["steps"]["repeated"]}
    return {**_judged(summary, len(document["trials"])), **more}


def at_random(config: Path, changes: list[str], folder: Path, until: float) -> Figures:
    """Random points of our space."""
    study = Study.create(load_checked(config, changes), folder / "study", config.stem)
    chance = random.Random(study.facts.seed)

    def points() -> Iterator[tuple[Point, Callable[[float | None], None]]]:
        while True:
            yield {one.key: _drawn(one, chance) for one in study.facts.space}, lambda value: None

    return _searched(lambda point: _of_study(study, point), points(), folder, until, study.sign)


def tpe(config: Path, changes: list[str], folder: Path, until: float) -> Figures:
    """TPE over our space."""
    study = Study.create(load_checked(config, changes), folder / "study", config.stem)
    ask = sampler_of(study.facts.space, study.facts.seed)
    points = iter(lambda: ask(None), None)
    return _searched(lambda point: _of_study(study, point), points, folder, until, study.sign)


def trainer(config: Path, changes: list[str], folder: Path, until: float) -> Figures:
    """TPE over Trainer's space."""
    plain = load_checked(config, [*changes, "freeze=none"])
    begun = Trial(plain, folder / "base").begin()
    ask = sampler_of(TRAINER, plain.training.seed)
    sign = -1.0 if begun.metric == "loss" else 1.0

    def experiment(point: Point) -> Experiment:
        return load_checked(config, [*changes, "freeze=none", *overrides(point, TRAINER, plain)])

    return _searched(experiment, iter(lambda: ask(None), None), folder, until, sign)


STRATEGIES: Mapping[str, Strategy] = {
    "default": default, "ours": ours, "random": at_random, "tpe": tpe, "trainer": trainer,
}  # fmt: skip


def _searched(
    experiment: Callable[[Point], Experiment],
    points: Iterator[tuple[Point, Callable[[float | None], None]]],
    folder: Path,
    until: float,
    sign: float,
) -> Figures:
    """Train points to their end until the time is over; the best by validation is judged."""
    best: tuple[float, Trial] | None = None
    count = 0
    while time.monotonic() < until:
        point, tell = next(points)
        try:
            trial = Trial(experiment(point), folder / f"{count:04d}")
            trial.deadline = until
            rung = trial.advance(1.0)
        except UserError as error:
            print(f"  {point}: {error}", file=sys.stderr)
            tell(None)
            continue
        if not rung.finished:
            break
        count += 1
        tell(sign * rung.best)
        if best is None or sign * rung.best > best[0]:
            best = (sign * rung.best, trial)
    return {"figure": None, "trials": 0} if best is None else _judged(best[1].finish(), count)


def _of_study(study: Study, point: Point) -> Experiment:
    return load_checked(study.base_path(point), study.changes(point))


def _drawn(one: Dimension, chance: random.Random) -> Any:
    values = one.values
    if isinstance(values, Choices):
        return chance.choice(values.values)
    if values.log:
        return math.exp(chance.uniform(math.log(values.low), math.log(values.high)))
    return (
        chance.randint(int(values.low), int(values.high))
        if values.whole
        else chance.uniform(values.low, values.high)
    )


def _judged(summary: Mapping[str, Any], trials: int) -> dict[str, Any]:
    split = "test" if "test" in summary else "val"
    metric = summary["metric"]
    return {"split": split, "metric": metric, "figure": summary[split][metric], "trials": trials}


def main(arguments: list[str] | None = None) -> int:
    """Run all strategies on all configurations with all seeds; the figures as JSON, and a line each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--strategies", nargs="+", choices=list(STRATEGIES), default=list(STRATEGIES))
    parser.add_argument("--output", type=Path, default=Path("tuning.json"))
    given = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for config in given.configs:
        for name in given.strategies:
            for seed in range(given.seeds):
                rows.append(_row(config, name, seed, given.seconds))
                given.output.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
            known = [
                row["figure"] for row in rows if row["config"] == config.stem and row["strategy"] == name
            ]
            figures = [one for one in known if one is not None]
            mean = f"{statistics.mean(figures):.4f}" if figures else "none finished"
            print(f"{config.stem:16} {name:8} {mean}  {[round(one, 4) for one in figures]}", flush=True)
    return 0


def _row(config: Path, name: str, seed: int, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        changes = [f"training.seed={seed}", "data.split_seed=0"]
        figures = STRATEGIES[name](config, changes, Path(folder), began + seconds)
        taken = round(time.monotonic() - began, 1)
    return {"config": config.stem, "strategy": name, "seed": seed, "seconds": taken, **figures}


if __name__ == "__main__":
    sys.exit(main())
