"""Splits that are opened from a few rows, and what is found in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.data.splits import Splits, open_splits
from tests.tiny import data as tiny


def texts(
    folder: Path, train: list[dict[str, Any]], other: list[dict[str, Any]] | None = None, **keys: Any
) -> Splits:
    """The splits of one or two CSV tables; `wants` and keys of `data` may be given, and nothing is carved by itself."""
    wants = keys.pop("wants", "category")
    paths = {"train": str(tiny.table(folder / "train.csv", train))}
    if other is not None:
        paths["val"] = str(tiny.table(folder / "val.csv", other))
    given: dict[str, Any] = {"val": 0.0, **paths, **keys}
    return open_splits(Data(**given), inputs=(TEXT,), wants=wants, seed=0, places={})


def rows(*labels: str) -> list[dict[str, str]]:
    """A different text for each label."""
    return [{"text": f"text {number}", "label": label} for number, label in enumerate(labels)]
