"""Masks of pixels: their classes renamed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ftcli.data.targets.base import Targets
from ftcli.data.targets.reading import Rename


class MaskTargets(Targets):
    """Masks, which are files beside those of the images."""

    def renamed(self, item: Any, rename: Rename) -> Any:
        names = {value: new for value, name in item.names.items() if (new := rename(name)) is not None}
        return replace(item, names=names)
