"""Boxes of objects: their classes renamed."""

from __future__ import annotations

import numpy as np

from ftcli.contracts import Boxes
from ftcli.data.targets.base import Targets
from ftcli.data.targets.reading import Rename


class BoxTargets(Targets):
    """Boxes, which are in files of annotations."""

    def renamed(self, item: Boxes, rename: Rename) -> Boxes:
        names = [rename(label) for label in item.labels]
        kept = np.array([name is not None for name in names], dtype=bool)
        crowd = (
            tuple(crowd for crowd, keep in zip(item.crowd, kept, strict=True) if keep) if item.crowd else ()
        )
        return Boxes(tuple(name for name in names if name is not None), item.corners[kept], crowd)
