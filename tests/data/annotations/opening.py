"""Splits of boxes, opened with the usual settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import Splits, open_splits
from tests.tiny import boxes as tiny

SIZES = {"train": 4, "val": 2}


def opened(source: Path | None = None, **data: Any) -> Splits:
    given = Data(source=None if source is None else str(source), **data)
    return open_splits(given, inputs=(IMAGE,), wants="boxes", seed=0, places={})


def edited(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """COCO, whose training split was changed."""
    root = tiny.coco(tmp_path / "x", SIZES)
    file = root / "annotations/instances_train.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    return root
