"""Masks of pixels: their classes renamed, and the values that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ftcli.data.targets.base import Targets
from ftcli.data.targets.reading import Rename


class MaskTargets(Targets):
    """Masks, which are files beside those of the images."""

    def renamed(self, item: Any, rename: Rename) -> Any:
        names = {value: new for value, name in item.names.items() if (new := rename(name)) is not None}
        return replace(item, names=names)

    def values(self, items: Sequence[Any], classes: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
        """The value of each class: that of the masks, or its place among the names where no mask has it."""
        known: dict[str, int] = {}
        for item in items[:1]:  # all of a split have the same names
            for value, name in item.names.items():
                known.setdefault(name, value)
        values = tuple(known[name] if name in known else names.index(name) for name in classes)
        return {"values": values, "coloured": any(item.coloured for item in items[:1])}
