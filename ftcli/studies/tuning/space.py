"""What is searched, and how a point of it changes an experiment.

A point is a value for each dimension, a number or a text. It becomes overrides, as a user would write them behind a
YAML file; so what a trial trains can be read, and a mistake in it is one that `train` would find.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ftcli.config.dump import plain
from ftcli.config.schema import Experiment
from ftcli.runs.names import PARTS
from ftcli.runs.resume_guard import flat
from ftcli.tasks import TASKS

# A rate is searched within this factor of the default, which is where recipes for the same network differ.
_FACTOR = 10.0
# Policies that fit any network whose head is new: others need options that only the user knows.
_POLICIES = ("none", "backbone", "lp-ft")
_DECAYS = ("1.0", "0.9", "0.75")
# What follows a relative dimension: a rate keeps its ratio to the others, and a phase its share of the epochs.
_FOLLOWS = {
    "optimizer.lr": ("optimizer.lr", "optimizer.backbone_lr"),
    "training.epochs": ("training.epochs", "freeze.probe_epochs"),
}
# Of those, what is counted: a rate may be written without a point, too.
_COUNTS = ("training.epochs", "freeze.probe_epochs")
Value = float | int | str
Point = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; whole numbers where `whole`."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def holds(self, value: Any) -> bool:
        """Whether a value is in it."""
        return isinstance(value, int | float) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Choices:
    """One of these, as texts of a YAML file."""

    values: tuple[str, ...]

    def holds(self, value: Any) -> bool:
        """Whether a value is one of them."""
        return value in self.values


@dataclass(frozen=True, slots=True)
class Dimension:
    """One key that is searched. A `relative` one is a factor on what the defaults give, here and in what follows it."""

    key: str
    values: Range | Choices
    relative: bool = False


def default_space(experiment: Experiment) -> list[Dimension]:
    """What is searched where the user does not say it, around an experiment with every key spelled out."""
    space = [Dimension("optimizer.lr", Range(1 / _FACTOR, _FACTOR, log=True), relative=True)]
    task, model, training = TASKS.load(experiment.task), experiment.model, experiment.training
    new_head = "model.head" in task.sections
    pretrained = model.weights != "none" and model.config is None
    epochs = training.epochs or 1
    policy = experiment.freeze.name if experiment.freeze else ""
    if new_head and pretrained and policy in _POLICIES:
        others = [one for one in _POLICIES if one != policy and (one != "lp-ft" or epochs > 1)]
        space.append(Dimension("freeze", Choices((policy, *others))))
    decay = _option(experiment, "optimizer", "lr_decay")
    if decay is not None and new_head and pretrained:
        space.append(
            Dimension("optimizer.lr_decay", Choices(tuple(dict.fromkeys([str(float(decay)), *_DECAYS]))))
        )
    if epochs > 1:
        space.append(Dimension("training.epochs", Choices(("1", "0.5", "2")), relative=True))
    if new_head and not model.head.hidden:
        space.append(Dimension("model.head.hidden", Choices(("[]", "[256]"))))
    if "label_smoothing" in _signature(experiment, "loss") and training.metric != "loss":
        smoothing = _option(experiment, "loss", "label_smoothing") or 0.0
        space.append(
            Dimension(
                "loss.label_smoothing", Choices(tuple(dict.fromkeys([str(float(smoothing)), "0.0", "0.1"])))
            )
        )
    return space


def fitted(space: Sequence[Dimension], experiment: Experiment) -> list[Dimension]:
    """The space with all numbers from 0 to 1 in `0..1`, where the experiment has a number with a point."""
    known = dict(flat(plain(experiment)))

    def fit(one: Dimension) -> Dimension:
        if isinstance(one.values, Range) and _with_point(one.key, known):
            return replace(one, values=replace(one.values, whole=False))
        return one

    return [*map(fit, space)]


def _with_point(key: str, known: Mapping[str, Any]) -> bool:
    return isinstance(known.get(key), float) or (key in _FOLLOWS and key not in _COUNTS)


def start_point(space: Sequence[Dimension], experiment: Experiment) -> dict[str, Value]:
    """Where the experiment is in the space; without the dimensions in which it lies outside."""
    known = dict(flat(plain(experiment)))
    point: dict[str, Value] = {}
    for one in space:
        value = _known(one, known)
        if isinstance(one.values, Choices):
            value = next((text for text in one.values.values if _same(text, value)), None)
        if value is not None and one.values.holds(value):
            point[one.key] = value
    return point


def overrides(point: Point, space: Sequence[Dimension], experiment: Experiment) -> list[str]:
    """What changes `experiment`, which has every key spelled out, to the point; nothing for what it has already."""
    known, changes = dict(flat(plain(experiment))), list[str]()
    for one in space:
        if one.key not in point:
            continue
        value = point[one.key]
        if one.relative:
            changes += _scaled(_FOLLOWS[one.key], float(value), known)
        elif not _same(written(value), _known(one, known)):
            # What was asked for, as it is: whether a key takes it is found where it is read.
            changes.append(f"{one.key}={written(value)}")
            changes += _scaled(_FOLLOWS.get(one.key, ())[1:], _ratio(value, known.get(one.key)), known)
    return changes


def written(value: Value) -> str:
    """A value as an override has it, with four digits: no figure depends on more."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _scaled(keys: Sequence[str], factor: float, known: Mapping[str, Any]) -> list[str]:
    changed = []
    for one in keys if factor != 1 else ():
        value = known.get(one)
        if value is not None and one in _COUNTS:
            changed.append(f"{one}={max(1, round(value * factor))}")
        elif value is not None:
            changed.append(f"{one}={written(float(value * factor))}")
    return changed


def _ratio(value: Value, before: Any) -> float:
    """What others that keep their ratio follow by; 1 where there is none."""
    try:
        return float(value) / float(before)
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0


def _known(one: Dimension, known: Mapping[str, Any]) -> Any:
    """What an experiment has for a dimension."""
    if one.relative:
        return 1.0 if isinstance(one.values, Range) else "1"
    if one.key in PARTS:
        return known.get(f"{one.key}.name")
    return known.get(one.key)


def _same(text: str, value: Any) -> bool:
    """Whether a text of a YAML file stands for a value."""
    if isinstance(value, tuple | list):
        return text.replace(" ", "") == str(list(value)).replace(" ", "")
    if value is None:
        return text in ("[]", "null", "0.0")
    try:
        return float(text) == float(value)
    except (TypeError, ValueError):
        return text == str(value)


def _option(experiment: Experiment, key: str, option: str) -> Any:
    part = getattr(experiment, key)
    return dict(flat(plain(part))).get(option) if part else None


def _signature(experiment: Experiment, key: str) -> Mapping[str, Any]:
    part = getattr(experiment, key)
    return inspect.signature(PARTS[key].load(part.name)).parameters if part else {}
