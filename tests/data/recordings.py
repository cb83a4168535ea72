"""Splits of sounds, opened with the usual settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import AUDIO
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import UserError
from tests.tiny import sounds

PLACES = {"data": "x.yaml:2", "data.test": "x.yaml:5", "data.val": "x.yaml:4", "data.pattern": "x.yaml:3"}


def opened(data: Data, **options: Any) -> Splits:
    asked = {"inputs": (AUDIO,), "wants": "category", "seed": 0, "places": PLACES, **options}
    return open_splits(data, **asked)


def refused(data: Data, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        opened(data, **options)
    return str(caught.value)


def rows(path: Path) -> list[dict[str, Any]]:
    files = sorted(sounds.class_folders(path / "clips").glob("*/*.wav"))
    return [{"file": str(file.relative_to(path)), "label": file.parent.name} for file in files]
