"""What the files of a run say, as a tracker is given it: parameters, rows of figures by step, and how the run ended.

`train/loss`, `train/lr` and `val/accuracy` are figures; the axis is the step, and the epoch a series of its own. Each
series has one value a step: of several the first that was logged. Times are those of training: the beginning of the
run, and the seconds of its epochs; a pause of a run that was resumed is not seen.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ftcli.report.checked import count, fields, number, words
from ftcli.report.files import read_json
from ftcli.report.history import NAME as METRICS
from ftcli.report.run import ENVIRONMENT, EXPERIMENT, SUMMARY, read_run
from ftcli.system.bounded import UnreadableError, opened
from ftcli.system.lock import Lock

RUNNING, FINISHED, FAILED = "running", "finished", "failed"
# Files for people that go to a tool that keeps files.
ARTEFACTS = ("report.html", EXPERIMENT, "curves.svg", "README.md")
# Bytes of the log that are read at once, and of its longest line.
_CHUNK = 4 << 20
_LARGEST_SUMMARY = 16 << 20
# Figures of an epoch beside those that begin with "val_".
_OF_EPOCHS = {
    "epoch": "epoch",
    "train_loss": "train/epoch_loss",
    "lr": "train/lr",
    "examples_per_second": "train/examples_per_second",
}
_OF_STEPS = {"epoch": "epoch", "loss": "train/loss", "lr": "train/lr"}


class Row(NamedTuple):
    """Figures after a step, all of them finite; `time` is unix time in seconds."""

    step: int
    time: float
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Described:
    """A run before its first figure. `identity` is one for ever, also where the run is moved."""

    path: Path
    identity: str
    # Every key of the experiment that has a value.
    parameters: Mapping[str, str]
    # Unix time in seconds.
    began: float

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Ending:
    """How it stands with a run: `summary` are the figures of its best checkpoint, by split: "best/val/accuracy"."""

    status: str
    summary: Mapping[str, float]
    artefacts: Sequence[Path]
    # Its last step, and when that was.
    step: int
    time: float


def described(path: Path, identity: str) -> Described:
    """The run in a folder. Raises `RunError` where there is none."""
    run = read_run(path)
    given = {key: value for key, value in run.settings.items() if value != "null"}
    return Described(path.resolve(), identity, given, _began(path))


def _began(path: Path) -> float:
    """environment.json is written when a run begins, and not again."""
    for name in (ENVIRONMENT, EXPERIMENT):
        with suppress(OSError):
            return (path / name).stat().st_mtime
    return 0.0


def typed(text: str) -> str | float | bool:
    """A parameter as the number or the yes or no that it is, for tools that know these."""
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        with suppress(ValueError):
            if number(found := kind(text)) is not None:
                return found
    return text


def status_of(path: Path) -> str:
    """Whether a run is finished or trains now; one that does neither has failed, though it may go on."""
    if (path / SUMMARY).exists():
        return FINISHED
    return RUNNING if Lock(path).is_taken() else FAILED


def best_figures(path: Path) -> dict[str, float]:
    """The figures of summary.json by split; none before there is one."""
    try:
        summary = read_json(path / SUMMARY, _LARGEST_SUMMARY)
    except (UnreadableError, OSError):
        return {}
    found = {"best/epoch": number(summary.get("best_epoch"))}
    for split in ("val", "test"):
        found |= {f"best/{split}/{name}": number(one) for name, one in fields(summary.get(split)).items()}
    return {name: float(value) for name, value in found.items() if value is not None}


def artefacts(path: Path) -> list[Path]:
    """The files for people that are there."""
    return [one for name in ARTEFACTS if (one := path / name).is_file() and not one.is_symlink()]


class Log:
    """metrics.jsonl, read as it grows."""

    def __init__(self, run: Path, began: float) -> None:
        self._path, self._clock = run / METRICS, _Clock(began)
        self.again()

    def again(self) -> None:
        """Go back to its beginning."""
        self._offset, self._latest = 0, dict[str, int]()
        # Lines that were not read, and values that no tool would show.
        self.damaged = self.infinite = 0
        # The points that were given, the last step of any, and when that was.
        self.points = self.step = 0
        self.time = self._clock.began
        self._clock.read(self._path)

    def new(self) -> Iterator[list[Row]]:
        """The rows since this was last called, in parts; none where the file is not there.

        Raises `UnreadableError` and `OSError` where it is no file of the run.
        """
        with suppress(FileNotFoundError), opened(self._path) as file:
            file.seek(self._offset)
            written = os.fstat(file.fileno()).st_mtime
            while whole := file.read(_CHUNK):
                end = whole.rfind(b"\n") + 1
                # A line that is being written is left for the next time, unless it is longer than any of ours.
                if not end and len(whole) < _CHUNK:
                    return
                self._offset += end or len(whole)
                file.seek(self._offset)
                rows = [
                    row for line in whole[: end or None].splitlines() for row in self._rows(line, written)
                ]
                if rows:
                    yield rows

    def _rows(self, text: bytes, written: float) -> Iterator[Row]:
        """The row of a line: none for a note, or for a line that cannot be read."""
        line = _object(text)
        epoch, step = count(line.get("epoch")), count(line.get("step"))
        if epoch is None or step is None:
            self.damaged += bool(text.strip())
            return
        if "note" in line:
            return
        time = self._clock.at(step, line, written)
        figures = dict(self._fresh(step, line))
        if figures:
            self.points += len(figures)
            self.step, self.time = max(self.step, step), max(self.time, time)
            yield Row(step, time, figures)

    def _fresh(self, step: int, line: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
        """The figures of a line that have no value for this step or a later one."""
        for name, given in _named(line):
            value = number(given)
            if value is None:
                self.infinite += isinstance(given, float)
            elif step > self._latest.get(name, -1):
                self._latest[name] = step
                yield name, float(value)


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        return fields(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _named(line: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values of a line by the names that trackers use."""
    known = _OF_STEPS if "loss" in line else _OF_EPOCHS
    for key, value in line.items():
        if key in known:
            yield known[key], value
        elif key.startswith("val_") and known is _OF_EPOCHS:
            yield f"val/{words(key.removeprefix('val_'))}", value


class _Clock:
    """When a step was, by the seconds of the epochs that are done."""

    def __init__(self, began: float) -> None:
        self.began = began
        self._steps, self._times = [0], [began]

    def read(self, path: Path) -> None:
        """Take the epochs of a whole file."""
        self._steps, self._times = [0], [self.began]
        with suppress(UnreadableError, OSError), opened(path) as file:
            while text := file.readline(_CHUNK):
                if b'"train_loss"' in text:
                    self._take(_object(text))

    def _take(self, line: Mapping[str, Any]) -> None:
        step, seconds = count(line.get("step")), number(line.get("seconds"))
        if step is not None and seconds is not None and step > self._steps[-1] and seconds >= 0:
            self._steps.append(step)
            self._times.append(self._times[-1] + seconds)

    def at(self, step: int, line: Mapping[str, Any], written: float) -> float:
        """The time of a line; of one in an epoch that goes on, when the file was last written."""
        self._take(line)
        after = bisect_left(self._steps, step)
        if after == len(self._steps):
            return max(written, self._times[-1])
        if not after:
            return self.began
        first, last = self._steps[after - 1], self._steps[after]
        begin, end = self._times[after - 1], self._times[after]
        return begin + (end - begin) * (step - first) / (last - first)
