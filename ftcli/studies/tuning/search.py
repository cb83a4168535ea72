"""What a user asks to be searched: `KEY=LOW..HIGH[:log]` or `KEY=[a, b, c]`, or why it cannot be."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from ftcli.config.reader import read_text
from ftcli.config.tree import Node, plain, resolve
from ftcli.errors import ConfigError, Mistake
from ftcli.studies.tuning.space import Choices, Dimension, Range

PLACE = "--search"
_LIKE = "optimizer.lr=1e-5..1e-3:log, training.epochs=3..10 or 'freeze=[none, backbone]' would be right"
# What may be searched of `data`: all else decides which examples are judged, or what is right for them.
_DATA = ("batch_size", "augment", "image_size", "max_length", "max_tokens", "max_seconds", "per_class")
# Why a key that decides no figure, or what a figure means, is not searched.
_FIXED = {
    "training.seed": "the winner would be the luckiest seed, which says nothing of the next",
    "training.metric": "trials are compared by it",
    "task": "trials are compared by its figures",
    "output": "the study chooses the folders of its trials",
}
_WATCHED = ("training.device", "training.trackers", "training.tensorboard", "training.log_every")


def parse(texts: Sequence[str], metric: str | None = None) -> list[Dimension]:
    """The dimensions that `--search` options ask for, in their order; `metric` is the watched figure.

    Raises `ConfigError` with all mistakes.
    """
    mistakes: list[Mistake] = []
    found: dict[str, Dimension] = {}
    for text in texts:
        key, _, values = (part.strip() for part in text.partition("="))
        try:
            if key in found:
                raise _wrong(key, "is given twice")
            _check_key(key, metric)
            found[key] = Dimension(key, _values(key, values))
        except ConfigError as error:
            mistakes += error.mistakes
    if mistakes:
        raise ConfigError(mistakes)
    return list(found.values())


def _check_key(key: str, metric: str | None) -> None:
    room, _, name = key.partition(".")
    if not key:
        raise _wrong(key, f"needs a key: {_LIKE}")
    if reason := _FIXED.get(key):
        raise _wrong(key, f"is not searched: {reason}")
    if key in _WATCHED:
        raise _wrong(key, "is not searched: it does not decide how good a model is")
    if room == "data" and name and name not in _DATA:
        raise _wrong(key, f"is not searched: trials are judged on the same data. Of data: {', '.join(_DATA)}")
    if room == "loss" and metric == "loss":
        raise _wrong(
            key, "is not searched: trials are compared by the loss. training.metric can name another figure"
        )


def _values(key: str, text: str) -> Range | Choices:
    if text.startswith("["):
        return _choices(key, text)
    ends, colon, scale = text.partition(":")
    low, dots, high = (part.strip() for part in ends.partition(".."))
    bounds = [resolve(low), resolve(high)]
    if not dots or (colon and scale.strip() != "log"):
        raise _wrong(key, f"{text!r} is neither a range nor a list: {_LIKE}")
    if not all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in bounds
    ):
        raise _wrong(key, f"{text!r} is not from one number to another: {_LIKE}")
    if bounds[0] >= bounds[1]:
        right = f"{key}={high}..{low}{colon}{scale.strip()}"
        raise _wrong(key, f"{low} is not below {high}: {right} would be right")
    if colon and bounds[0] <= 0:
        raise _wrong(key, f"{low} has no logarithm: above 0 would be right, or no :log")
    whole = all(isinstance(one, int) for one in bounds)
    return Range(float(bounds[0]), float(bounds[1]), log=bool(colon), whole=whole)


def _choices(key: str, text: str) -> Choices:
    try:
        node, mistakes = read_text(text, lambda _: PLACE)
    except ConfigError:
        node, mistakes = Node(None, PLACE), []
    if mistakes or not isinstance(node.value, list):
        raise _wrong(key, f"{text!r} is not a list: {_LIKE}")
    values = tuple(map(_written, node.value))
    if len(set(values)) < max(2, len(values)):
        raise _wrong(
            key,
            f"{text} has not two values or more, each once; for one value write {key}=VALUE behind the data",
        )
    return Choices(values)


def _written(node: Node) -> str:
    """A value as an override takes it."""
    value: Any = plain(node)
    if node.text is not None and not isinstance(value, tuple | dict):
        return node.text
    return json.dumps(value)


def _wrong(key: str, problem: str) -> ConfigError:
    return ConfigError([Mistake(PLACE, key, problem)])
