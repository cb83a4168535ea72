"""The run directory, and the only code that writes to it.

experiment.yaml    every key spelled out; `ftcli train` on it repeats the run
environment.json   what it ran on
metrics.jsonl      a line for every `log_every` steps and every epoch
summary.json       the figures of the best checkpoint
log.txt            what was printed
model/             what rebuilds the network without its original weights: classes, preprocessing, tokenizer
checkpoints/       the best and the last
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ftcli import __version__
from ftcli.config.load import dump_experiment
from ftcli.config.schema import Experiment
from ftcli.contracts import Target
from ftcli.errors import RunError

PACKAGES = ("torch", "torchvision", "transformers", "safetensors", "numpy", "pillow")


class RunDirectory:
    """A run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made: list[Path] = []  # the folders that `create` made, innermost first

    @classmethod
    def choose(cls, experiment: Experiment, name: str) -> RunDirectory:
        """The directory for a new run: `output`, which must be free, or the first free one of runs/NAME, -2, -3, ..."""
        if experiment.output is not None:
            path = Path(experiment.output)
            if path.is_file() or (path.is_dir() and any(path.iterdir())):
                place = experiment.places.get("output")
                raise RunError(
                    f"{place + ': ' if place else ''}output: {path} is not empty. Choose another directory, "
                    f"remove it, or go on with it: ftcli train --resume {path}"
                )
            return cls(path)
        path, number = Path("runs") / name, 2
        while path.exists():
            path, number = Path("runs") / f"{name}-{number}", number + 1
        return cls(path)

    @classmethod
    def existing(cls, path: Path) -> RunDirectory:
        """The directory of an earlier run. Raises `RunError` if `path` is none."""
        if not (path / "experiment.yaml").is_file():
            here = "is not a run directory: it has no experiment.yaml" if path.is_dir() else "does not exist"
            raise RunError(f"{path} {here}. Looked at {path.absolute()}")
        return cls(path)

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints are."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """Where the files are that rebuild the network."""
        return self.path / "model"

    def create(self, experiment: Experiment, target: Target, facts: Mapping[str, Any]) -> None:
        """Make the directory, with what is known before training. `facts` go to environment.json."""
        self._made = [path for path in (self.path, *self.path.parents) if not path.exists()]
        try:
            self.model.mkdir(parents=True)
            (self.path / "experiment.yaml").write_text(dump_experiment(experiment), encoding="utf-8")
            self._write("environment.json", _environment() | dict(facts))
            self._write("model/target.json", asdict(target))
        except OSError as error:
            self.discard()
            raise RunError(f"{self.path}: the run directory cannot be written: {error}") from error

    def discard(self) -> None:
        """Undo `create`, for a run that left nothing to go on with."""
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        for parent in self._made[1:]:
            with suppress(OSError):  # others may have put something there
                parent.rmdir()
        if not self._made:  # it was there before, and empty
            self.path.mkdir(exist_ok=True)

    def target(self) -> Target:
        """What the run's examples are labelled with."""
        try:
            fields = json.loads((self.model / "target.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.model / 'target.json'}: cannot be read: {error}") from error
        fields |= {key: tuple(fields[key]) for key in ("classes", "counts")}
        return Target(**fields)

    def metrics_bytes(self) -> int:
        """The present length of metrics.jsonl."""
        path = self.path / "metrics.jsonl"
        return path.stat().st_size if path.exists() else 0

    def rewind(self, metrics_bytes: int) -> None:
        """Forget the lines of metrics.jsonl after a checkpoint: those steps are taken again."""
        if self.metrics_bytes() > metrics_bytes:
            os.truncate(self.path / "metrics.jsonl", metrics_bytes)

    def append_metrics(self, line: Mapping[str, Any]) -> None:
        """Add a line to metrics.jsonl."""
        self._append("metrics.jsonl", json.dumps(dict(line)))

    def log(self, line: str) -> None:
        """Add a line to log.txt."""
        self._append("log.txt", line)

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write summary.json."""
        self._write("summary.json", summary)

    def summary(self) -> dict[str, Any]:
        """summary.json, or nothing if the run has not ended."""
        path = self.path / "summary.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def _append(self, name: str, line: str) -> None:
        try:
            with (self.path / name).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise RunError(f"{self.path / name}: cannot be written: {error}") from error

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        path = self.path / name
        aside = path.with_name(path.name + ".partial")
        aside.write_text(json.dumps(dict(content), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        aside.replace(path)


def _environment() -> dict[str, Any]:
    """An allow-list: nothing from the environment variables, so no secrets."""
    return {
        "ftcli": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "packages": {package: version(package) for package in PACKAGES},
    }
