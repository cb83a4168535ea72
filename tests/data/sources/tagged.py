"""Files of tagged words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftcli.config.schema import Data
from ftcli.contracts import Split
from ftcli.contracts.modalities import TEXT
from ftcli.data.splits import Splits, open_splits


def read(split: Split | None) -> list[tuple[str, str]]:
    assert split is not None
    examples = [split[index] for index in range(len(split))]
    return [(" ".join(one.inputs["text"]), " ".join(one.target)) for one in examples]


def opened(folder: Path, **keys: Any) -> Splits:
    data = Data(**{"source": str(folder), "val": 0.0, **keys})
    return open_splits(data, inputs=(TEXT,), wants="tags", seed=0, places={"data": "x.yaml:2"})


def written(folder: Path, text: str, name: str = "train.conll") -> Path:
    (folder / name).write_bytes(text.encode())
    return folder
