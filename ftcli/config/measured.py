"""Keys whose values may be left to measurements before a training: `data.batch_size: auto` and `optimizer.lr: find`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ftcli.config.options import Options
from ftcli.config.schema import Experiment

AUTO, FIND = "auto", "find"
BATCH, RATE = "data.batch_size", "optimizer.lr"


def to_measure(experiment: Experiment) -> frozenset[str]:
    """The keys whose values shall be found by measuring."""
    part = experiment.optimizer
    asked = {
        BATCH: experiment.data.batch_size == AUTO,
        RATE: part is not None and part.options.get("lr") == FIND,
    }
    return frozenset(key for key, wanted in asked.items() if wanted)


def with_usual(experiment: Experiment, keys: Collection[str] = (BATCH, RATE)) -> Experiment:
    """The experiment with such of these `keys` left out, so that they get their usual values."""
    for key in to_measure(experiment).intersection(keys):
        experiment = _left_out(experiment, key)
    return experiment


def _left_out(experiment: Experiment, key: str) -> Experiment:
    if key == BATCH:
        return replace(experiment, data=replace(experiment.data, batch_size=None))
    part = experiment.optimizer
    assert part is not None
    part = replace(part, options=Options.of(part.options).without("lr"))
    unnamed = part.name == AUTO and not part.options
    return replace(experiment, optimizer=None if unnamed else part)


def mistakes(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """The keys that contradict a value that shall be found, and what is wrong with them."""
    asked, part = to_measure(experiment), experiment.optimizer
    if BATCH in asked and experiment.training.micro_batch is not None:
        yield (
            "training.micro_batch",
            f"is what {BATCH}: {AUTO} looks for: leave it out, or give {BATCH} a number",
        )
    if RATE in asked and part is not None and part.options.get("backbone_lr") is not None:
        problem = "multiplies the rates of all blocks by one factor, so this one would not stay"
        yield "optimizer.backbone_lr", f"{RATE}: {FIND} {problem}: leave it out, or give {RATE} a number"
