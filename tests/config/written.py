"""Options as if a user had written them, for tests that give plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftcli.config.options import Options
from ftcli.config.places import Places, join
from ftcli.config.tree import Node


def written(options: Mapping[str, Any], key: str, places: Places) -> Options:
    """The options at `key`, with their places, not yet bound."""
    return Options.read({name: _node(value, join(key, name), places) for name, value in options.items()})


def _node(value: Any, key: str, places: Places) -> Node:
    place = places.of(key)
    if isinstance(value, Mapping):
        return Node({name: _node(one, join(key, name), places) for name, one in value.items()}, place)
    if isinstance(value, tuple | list):
        return Node([_node(one, f"{key}[{index}]", places) for index, one in enumerate(value)], place)
    words = {None: "null", True: "true", False: "false"}
    text = words[value] if value is None or isinstance(value, bool) else str(value)
    return Node(value, place, None if isinstance(value, str) else text)
