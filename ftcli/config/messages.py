"""The words for kinds, values and options in messages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import Any

from ftcli.config.places import join
from ftcli.config.schema import Experiment
from ftcli.config.tree import Node
from ftcli.config.value_types import (
    REQUIRED,
    Anything,
    Choice,
    Either,
    Kind,
    Listing,
    Named,
    Option,
    Record,
    Scalar,
    Table,
    kind_of,
)
from ftcli.errors import cut, did_you_mean, listing

_NOUNS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}
_PLURALS = {str: "strings", int: "whole numbers", float: "numbers", bool: "true or false", NoneType: "nulls"}


def words(kind: Kind) -> str:  # noqa: PLR0911  # one line for each kind
    match kind:
        case Scalar():
            return _NOUNS[kind.type]
        case Choice():
            return f"{'one of ' * (len(kind.values) > 1)}{listing(kind.values, limit=40)}"
        case Listing(fixed=True):
            return f"a list of {len(kind.items)} {_many(kind.items[0])}"
        case Listing():
            return f"a list of {_many(kind.items[0])}"
        case Table():
            return f"a mapping from names to {_many(kind.item)}"
        case Record():
            names = f"a mapping with {listing(kind.fields)}"
            return f"{kind.short}, or {names}" if kind.short else names
        case Named():
            return "a name, or a mapping with a name and its options"
        case Either():
            return " or ".join(words(one) for one in kind.kinds if one != Scalar(NoneType)) or "null"
    return "a value"


def _many(kind: Kind) -> str:
    if isinstance(kind, Scalar):
        return _PLURALS[kind.type]
    return "values" if isinstance(kind, Anything) else f"values, each {words(kind)}"


def shown(node: Node) -> str:
    """The value as the user wrote it, short enough for one line."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    if node.value is None:
        return "empty" if not node.text else node.text
    text = repr(node.value) if isinstance(node.value, str) else node.text or repr(node.value)
    return cut(text)


# Where people look for what is an option of a part.
_HOMES = {"lr": "optimizer.lr", "learning_rate": "optimizer.lr", "weight_decay": "optimizer.weight_decay"}


@cache
def _homes() -> dict[str, str]:
    """The whole key for the last name of every key of the contract."""
    homes: dict[str, str] = {}

    def walk(kind: Kind, key: str) -> None:
        if isinstance(kind, Record):
            for name, option in kind.fields.items():
                homes.setdefault(name, join(key, name))
                walk(option.kind, join(key, name))

    walk(kind_of(Experiment), "")
    return _HOMES | homes


def instead(name: str, fields: Mapping[str, Option]) -> str:
    """What to write instead of the unknown key `name`: the same one elsewhere, a near one, or `fields`."""
    if (home := home_of(name)) is not None:
        return f" It belongs at {home!r}."
    return near(name, fields) or f" There are: {listing(fields, limit=40)}"


def home_of(name: str) -> str | None:
    """The whole key that ends in `name`: `training.epochs` for `epochs`; None where there is none."""
    return _homes().get(name)


def near(name: str, options: Mapping[str, Option]) -> str:
    """` Did you mean 'epochs' (10)?`, with its default."""
    near = did_you_mean(name, options)
    default = options[near.split("'")[1]].default if near else None
    simple = isinstance(default, (str, int, float)) and default != "" and default is not REQUIRED
    return f"{near[:-1]} ({_literal(default)})?" if simple else near


def takes(options: Mapping[str, Option]) -> str:
    """Every option with its default."""
    return listing([f"{name} ({_literal(option.default)})" for name, option in options.items()], limit=40)


def _literal(default: Any) -> str:
    if default is REQUIRED:
        return "required"
    return str(default).lower() if isinstance(default, bool) or default is None else str(default)
