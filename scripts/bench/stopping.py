"""Rules of early stopping, replayed on recorded curves: what each would have lost, and how many epochs it would take.

    python scripts/bench/stopping.py runs/*/metrics.jsonl

A curve is the metrics.jsonl of a run that was not stopped early (`training.early_stop: none`); the summary.json
beside it names the metric. Regret is what the best epoch up to where a rule stops lacks to the best of all, in points
of the metric; the share is of all epochs. The learning rates of a recorded run are those of its whole length, so a
rule is judged as it is used: as a guard, within a plan of that length.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple


class Curve(NamedTuple):
    """The watched figure after each epoch, more is better, and how much counts as a gain for ours."""

    name: str
    values: tuple[float, ...]
    examples: int


class Replayed(NamedTuple):
    """What a rule came to on one curve."""

    regret: float
    share: float


Rule = Callable[[Curve], int]


def patience(most: int, delta: float = 0.0) -> Rule:
    """Stop after `most` evaluations in a row that gain no more than `delta`; the epochs that were taken."""

    def stop(curve: Curve) -> int:
        return _stopped(curve, most, lambda value: delta)

    return stop


def ours(share: float = 0.2, least: int = 3, errors: float = 0.25) -> Rule:
    """A patience of a share of the run, at least so many; a gain counts from so many standard errors."""

    def stop(curve: Curve) -> int:
        def gain(value: float) -> float:
            inside = min(1.0, max(0.0, abs(value)))
            return errors * math.sqrt(inside * (1 - inside) / max(1, curve.examples))

        return _stopped(curve, max(least, math.ceil(share * len(curve.values))), gain)

    return stop


def _stopped(curve: Curve, most: int, gain: Callable[[float], float]) -> int:
    reference, stale = -math.inf, 0
    for epoch, value in enumerate(curve.values, 1):
        stale = 0 if value > reference + gain(value) else stale + 1
        reference = value if stale == 0 else reference
        if stale >= most:
            return epoch
    return len(curve.values)


RULES: dict[str, Rule] = {
    "ours: a fifth, at least 3, 0.25 SE": ours(),
    "a fifth, at least 3, any gain": ours(errors=0.0),
    "a fifth, at least 5, 0.25 SE": ours(least=5),
    "a third, at least 3, 0.25 SE": ours(share=1 / 3),
    "patience 3": patience(3),
    "patience 5": patience(5),
    "patience 10": patience(10),
    "never": patience(10**9),
}


def replay(rule: Rule, curve: Curve) -> Replayed:
    """The regret and the share of epochs of a rule on a curve."""
    epochs = rule(curve)
    return Replayed(max(curve.values) - max(curve.values[:epochs]), epochs / len(curve.values))


def read(path: Path) -> Curve:
    """The curve in a metrics.jsonl, with the metric of the summary.json and the size of the split beside it."""
    summary = json.loads((path.parent / "summary.json").read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    figure, sign = f"val_{summary['metric']}", -1 if summary["lower_is_better"] else 1
    epochs = [line for line in lines if line.get(figure) is not None and line["epoch"] > 0]
    return Curve(
        path.parent.name,
        tuple(sign * line[figure] for line in epochs),
        _examples(path.parent),
    )


def _examples(run: Path) -> int:
    """The examples of the validation split."""
    return int(json.loads((run / "data.json").read_text(encoding="utf-8"))["val"]["examples"])


def table(curves: Sequence[Curve]) -> str:
    """A line for each rule: its mean and worst regret in points, their standard error, and its share of the epochs."""
    lines = [f"{'rule':36} {'regret':>8} {'+-':>6} {'worst':>7} {'epochs':>7}"]
    for name, rule in RULES.items():
        found = [replay(rule, curve) for curve in curves]
        regrets = [100 * one.regret for one in found]
        error = statistics.stdev(regrets) / math.sqrt(len(regrets)) if len(regrets) > 1 else math.nan
        share = statistics.mean(one.share for one in found)
        lines.append(
            f"{name:36} {statistics.mean(regrets):8.2f} {error:6.2f} {max(regrets):7.2f} {share:7.0%}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of the curves that are named."""
    parser = argparse.ArgumentParser(description="Rules of early stopping on recorded curves.")
    parser.add_argument(
        "curves", nargs="+", type=Path, help="metrics.jsonl of runs that were not stopped early"
    )
    print(table([read(path) for path in parser.parse_args(arguments).curves]))


if __name__ == "__main__":
    main()
