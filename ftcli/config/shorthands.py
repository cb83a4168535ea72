"""The short forms of the configuration: `data: cifar10` stands for `data: {source: cifar10}`.

One table serves the loader, which expands them, and the JSON Schema, which allows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ftcli.config.training_keys import TRACKERS
from ftcli.config.tree import Node, truth

MLP_WIDTH = 512
PARTS = ("freeze", "loss", "optimizer", "schedule")


class Shorthand(NamedTuple):
    """How a short form becomes the long one (anything else is left as it is), and its JSON Schema."""

    expand: Callable[[Node], Node]
    schema: tuple[Mapping[str, Any], ...]


def expand(tree: Node) -> None:
    """Replace every short form in `tree` by its long form, in place."""
    for key, shorthand in SHORTHANDS.items():
        *parents, name = key.split(".")
        node: Node | None = tree
        for parent in parents:
            node = node.value.get(parent) if node and isinstance(node.value, dict) else None
        if node and isinstance(node.value, dict) and name in node.value:
            node.value[name] = shorthand.expand(node.value[name])


def _within(name: str) -> Callable[[Node], Node]:
    """A text becomes a mapping with that text as `name`."""

    def expand(node: Node) -> Node:
        return Node({name: node}, node.place) if _is_text(node) else node

    return expand


def _is_text(node: Node) -> bool:
    """Whether a text was written, or a number or true, which may stand for one."""
    return isinstance(node.value, (str, int, float))


def _head(node: Node) -> Node:
    if node.value == "linear":
        return Node({}, node.place)
    if node.value == "mlp":
        width = Node(MLP_WIDTH, node.place, str(MLP_WIDTH))
        return Node({"hidden": Node([width], node.place)}, node.place)
    return node


def _fraction(node: Node) -> Node:
    """`none`, `no` and `false` mean no split."""
    return Node(0.0, node.place, node.text) if truth(node) is False or node.value == "none" else node


def _cache(node: Node) -> Node:
    if truth(node) is False:
        node = Node("none", node.place, node.text)
    return Node({"keep": node}, node.place) if _is_text(node) else node


def _early_stop(node: Node) -> Node:
    if truth(node) is True:
        return Node({}, node.place)
    if truth(node) is False or node.value == "none":
        return Node(False, node.place, node.text)
    number = isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    return Node({"patience": node}, node.place) if number else node


def _time(node: Node) -> Node:
    """`none`, `no` and `false` are no limit; a number is a text without a unit, which a rule refuses."""
    if truth(node) is False or node.value == "none":
        return Node(None, node.place, "none")
    number = isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    return Node(node.text or str(node.value), node.place) if number else node


def _list(node: Node) -> Node:
    """A name alone; `none`, `no` and `false` are none."""
    if truth(node) is False or node.value == "none":
        return Node([], node.place)
    return Node([node], node.place) if _is_text(node) else node


def _part(node: Node) -> Node:
    """A name alone. `auto` alone means that the key was left out."""
    if _is_text(node):
        node = Node({"name": node}, node.place)
    if isinstance(node.value, dict) and list(node.value) == ["name"] and node.value["name"].value == "auto":
        return Node(None, node.place, "auto")
    return node


def _freeze(node: Node) -> Node:
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return Node({"name": Node("blocks", node.place), "count": node}, node.place)
    if isinstance(node.value, list):
        return Node({"name": Node("patterns", node.place), "patterns": node}, node.place)
    return _part(node)


def _nameless(node: Node) -> Node:
    """Options without a name belong to what the program chooses."""
    if isinstance(node.value, dict) and node.value and "name" not in node.value:
        return Node({"name": Node("auto", node.place), **node.value}, node.place)
    return _part(node)


_TEXT = ({"type": "string"},)
_NO = ({"enum": ["none", False]},)

# Outer keys before inner ones.
SHORTHANDS: Mapping[str, Shorthand] = {
    "data": Shorthand(_within("source"), _TEXT),
    "data.val": Shorthand(_fraction, _NO),
    "data.test": Shorthand(_fraction, _NO),
    "data.cache": Shorthand(_cache, ({"enum": ["auto", "inputs", "none", False]},)),
    "model": Shorthand(_within("backbone"), _TEXT),
    "model.head": Shorthand(_head, ({"enum": ["linear", "mlp"]},)),
    "freeze": Shorthand(
        _freeze, ({"type": "integer", "minimum": 0}, {"type": "array", "items": {"type": "string"}})
    ),
    "loss": Shorthand(_part, ()),
    "optimizer": Shorthand(_nameless, ()),
    "schedule": Shorthand(_nameless, ()),
    "training.early_stop": Shorthand(_early_stop, ({"type": "integer", "minimum": 1}, {"enum": ["none"]})),
    "training.time": Shorthand(_time, _NO),
    "training.trackers": Shorthand(_list, ({"enum": [*TRACKERS, "none", False]},)),
}
