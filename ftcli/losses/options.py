"""Checks of the options that several losses have."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ftcli.contracts import Target, TargetKind
from ftcli.errors import ConfigError, Mistake, listing
from ftcli.losses import LOSSES


def wrong_option(option: str, problem: str) -> ConfigError:
    """The error for one option of the loss. The place in the file is for the caller to add."""
    return ConfigError([Mistake("", f"loss.{option}", problem)])


def check_kind(name: str, kind: TargetKind) -> None:
    """Raise `ConfigError` if the loss called `name` does not take targets of `kind`."""
    fitting = [loss for loss in LOSSES if loss == kind.loss or kind.name in LOSSES.load(loss).kinds]
    if name in fitting:
        return
    problem = f"{name!r} does not fit a {kind.name} target. These do: {listing(fitting)}"
    raise ConfigError([Mistake("", "loss", problem)])


def weight_of_each_class(option: str, weights: Sequence[float], target: Target) -> Tensor:
    """The user's weights, float32 (C,). Raises `ConfigError` for a wrong number or one not above 0."""
    if len(weights) != len(target.classes):
        problem = (
            f"{len(weights)} weights for {len(target.classes)} classes. "
            f"There must be one each, in this order: {listing(target.classes, limit=40)}"
        )
        raise wrong_option(option, problem)
    for name, weight in zip(target.classes, weights, strict=True):
        if not (math.isfinite(weight) and weight > 0):
            problem = f"{weight} for class {name!r} is not a weight. It must be a number above 0"
            raise wrong_option(option, problem)
    return torch.tensor(weights, dtype=torch.float32)


def counts_of_each_class(option: str, target: Target) -> Tensor:
    """Training examples of each class, float64 (C,). Raises `ConfigError` if a class has none."""
    for name, count in zip(target.classes, target.counts, strict=True):
        if count < 1:
            problem = f"'balanced' needs training examples of every class, and class {name!r} has none"
            raise wrong_option(option, problem)
    return torch.tensor(target.counts, dtype=torch.float64)
