"""TensorBoard events, which are written beside metrics.jsonl where they are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftcli.runs.directory import RunDirectory


class Events:
    """TensorBoard events; the ordinary case writes none."""

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def add(self, figures: Mapping[str, float], step: int) -> None:
        """Record figures of one step."""


class TensorBoard(Events):
    def __init__(self, directory: RunDirectory) -> None:
        from torch.utils.tensorboard import SummaryWriter  # checked when the experiment was prepared

        self._writer: Any = SummaryWriter(str(directory.path / "tensorboard"))

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def add(self, figures: Mapping[str, float], step: int) -> None:
        for name, value in figures.items():
            self._writer.add_scalar(name, value, step)
