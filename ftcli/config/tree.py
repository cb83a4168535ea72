"""A YAML document as a tree: each value with the place where it was written, and a plain scalar's own text.

Scalars follow the core schema of YAML 1.2: `1e-4` is a number, `no` and dates are text, `010` is ten. Where true or
false is wanted, `yes` and `no` are these, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ftcli.config.places import join

MAX_DIGITS = 300  # longer than any float; int() itself refuses 4300

BROKEN: Any = object()  # the value of a node that already has its mistake

INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    **{sign + word: float(sign + word[1:]) for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
}  # fmt: skip
# Of YAML 1.1: only where true or false is wanted and no text is.
_SWITCHES: Mapping[str, bool] = {"yes": True, "on": True, "no": False, "off": False}


@dataclass(slots=True, eq=False)
class Node:
    """A scalar, a list of nodes or a dict of nodes, where it was written, and a plain scalar's own text."""

    value: Any
    place: str
    text: str | None = None  # None for quoted strings and for collections


def resolve(text: str) -> Any:
    """The value of a plain scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > MAX_DIGITS:
        return text
    if INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    return float(text) if FLOAT.fullmatch(text) else text


def truth(node: Node) -> bool | None:
    """True or false, also as a plain `yes`, `no`, `on` or `off`; None for anything else."""
    if isinstance(node.value, bool):
        return node.value
    return _SWITCHES.get((node.text or "").lower())


def plain(node: Node) -> Any:
    """The values of `node` without their places; lists become tuples."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items() if child.value is not BROKEN}
    if isinstance(node.value, list):
        return tuple(plain(child) for child in node.value if child.value is not BROKEN)
    return node.value


def places_of(node: Node, key: str = "") -> Iterator[tuple[str, str]]:
    """Every key below `node` and its place; list items as `key[0]`."""
    if key:
        yield key, node.place
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            yield from places_of(child, join(key, name))
    elif isinstance(node.value, list):
        for index, child in enumerate(node.value):
            yield from places_of(child, f"{key}[{index}]")
