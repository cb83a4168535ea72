"""The figures of metrics.jsonl, exact: each is a float whose text gives the same bits again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftcli.system.bounded import opened

# Figures of an epoch that a receipt keeps: the loss it trained with, that of validation, and the one that is watched.
_OF_EPOCH = ("train_loss", "val_loss")
# Bytes of a line; a longer one is not ours.
_LONGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Losses:
    """The loss of each logged step, and the figures of each epoch by their names."""

    steps: Mapping[int, float] = field(default_factory=dict)
    epochs: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    # The step with which each epoch ended.
    ends: Mapping[int, int] = field(default_factory=dict)

    def by_step(self) -> list[tuple[int, str, float]]:
        """Each figure with its step and a name, in the order of training."""
        found = [(step, "loss", value) for step, value in self.steps.items()]
        for epoch, figures in self.epochs.items():
            found += [(self.ends[epoch], name, value) for name, value in figures.items()]
        return sorted(found, key=lambda one: one[0])


def read_losses(path: Path) -> Losses:
    """What a metrics.jsonl holds; a line that is half written, or no figure, is passed over.

    Raises `OSError`, and `UnreadableError` for what is not a file.
    """
    steps: dict[int, float] = {}
    epochs: dict[int, dict[str, float]] = {}
    ends: dict[int, int] = {}
    for line in _lines(path):
        step = line.get("step")
        if not isinstance(step, int):
            continue
        if isinstance(line.get("train_loss"), float) and isinstance(line.get("epoch"), int):
            figures = {key: value for key, value in line.items() if key == "train_loss" or key[:4] == "val_"}
            epochs[line["epoch"]] = {key: value for key, value in figures.items() if isinstance(value, float)}
            ends[line["epoch"]] = step
        elif isinstance(line.get("loss"), float):
            steps[step] = line["loss"]
    return Losses(steps, epochs, ends)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with opened(path, follow=True) as file:
        while text := file.readline(_LONGEST):
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(line, dict):
                yield line


def as_json(losses: Losses, metric: str, most: int) -> dict[str, Any]:
    """For a receipt: floats in hexadecimal, at most `most` steps and half as many epochs, evenly from first to last."""
    names = dict.fromkeys((*_OF_EPOCH, f"val_{metric}"))
    return {
        "logged": len(losses.steps),
        "steps": [[step, losses.steps[step].hex()] for step in _thinned(list(losses.steps), most)],
        "epochs": [
            [epoch, losses.ends[epoch], {name: found[name].hex() for name in names if name in found}]
            for epoch in _thinned(list(losses.epochs), most // 2)
            if (found := losses.epochs[epoch])
        ],
    }


def from_json(document: Mapping[str, Any]) -> Losses:
    """The losses that a receipt holds.

    Raises `ValueError`, `TypeError`, `KeyError`, `AttributeError` or `OverflowError` for what is something else.
    """
    steps = {int(step): float.fromhex(value) for step, value in document["steps"]}
    epochs, ends = {}, {}
    for epoch, step, figures in document["epochs"]:
        ends[int(epoch)] = int(step)
        epochs[int(epoch)] = {str(name): float.fromhex(value) for name, value in figures.items()}
    return Losses(steps, epochs, ends)


def same(one: float, other: float) -> bool:
    """Whether two figures have the same bits; what is not a number is what it was."""
    return one == other or (math.isnan(one) and math.isnan(other))


def _thinned(keys: list[int], most: int) -> list[int]:
    if len(keys) <= most:
        return keys
    if most < 2:
        return keys[:most]
    places = {round(index * (len(keys) - 1) / (most - 1)) for index in range(most)}
    return [keys[place] for place in sorted(places)]
