"""metrics.jsonl: a line for every `log_every` steps and every epoch."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftcli.errors import RunError
from ftcli.system import durable

if TYPE_CHECKING:
    from ftcli.training.reports import EpochReport, StepReport

NAME = "metrics.jsonl"
# What the clock decides in the line of an epoch.
TIMES = ("seconds", "examples_per_second")


class MetricsLog:
    """The file in the directory of a run. Every method raises `RunError` where it cannot be read or written."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME

    def append(self, line: Mapping[str, Any]) -> None:
        """Add a line."""
        append_line(self.path, json.dumps(dict(line)))

    def flush(self) -> dict[str, Any]:
        """Its present `bytes` and `sha256`, once all of it is on the disk."""
        try:
            self.path.touch()
            durable.flush(self.path)
            durable.flush(self.path.parent)
            return durable.digest(self.path)
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written: {error}") from error

    def check(self, length: int, sha256: str) -> list[str]:
        """What the user should know of the file before `rewind`.

        Raises `RunError` where the `length` bytes before the checkpoint are not those that were written.
        """
        path = own_file(self.path)
        if not path.exists():
            return [f"{path} is gone; it begins again here"] if length else []
        try:
            with path.open("rb") as file:
                kept = file.read(length)
        except OSError as error:
            raise RunError(f"{path}: cannot be read: {error}") from error
        if len(kept) < length or hashlib.sha256(kept).hexdigest() != sha256:
            raise RunError(
                f"{path}: its first {length:,} bytes are not those that were there at the checkpoint. Put "
                "them back, or move the file away: the run then goes on, with lines from here on"
            )
        return []

    def rewind(self, length: int) -> None:
        """Remove the lines after a checkpoint: those steps are taken again, and give them again."""
        path = own_file(self.path)
        try:
            if path.exists() and path.stat().st_size > length:
                os.truncate(path, length)
        except OSError as error:
            raise RunError(f"{path}: cannot be written: {error}") from error


def step_line(report: StepReport) -> dict[str, Any]:
    """The line of a step."""
    return {"step": report.step, "epoch": report.epoch, "loss": report.read(), "lr": report.lr}


def epoch_line(report: EpochReport) -> dict[str, Any]:
    """The line of an epoch. `TIMES` differ between two runs of the same experiment."""
    return {
        "epoch": report.epoch,
        "step": report.step,
        "phase": report.trained,
        "lr": report.lr,
        "train_loss": report.train_loss,
        **{f"val_{name}": value for name, value in report.figures.items()},
        "best": report.best,
        "seconds": round(report.seconds, 3),
        "examples_per_second": round(report.examples_per_second, 1),
    }


class OthersMetricsLog(MetricsLog):
    """The file of a run that another process writes."""

    def append(self, line: Mapping[str, Any]) -> None:
        pass

    def check(self, length: int, sha256: str) -> list[str]:
        return []

    def rewind(self, length: int) -> None:
        pass


def append_line(path: Path, line: str) -> None:
    """Add a line to a file of a run. Raises `RunError` where it cannot be written."""
    try:
        with own_file(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(line + "\n")
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error}") from error


def own_file(path: Path) -> Path:
    """The path of a file that is written to. Raises `RunError` where it is a link, which may lead anywhere."""
    if path.is_symlink():
        raise RunError(f"{path} is a link to {path.readlink()}: a run writes to files of its own. Remove it")
    return path
