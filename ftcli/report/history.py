"""metrics.jsonl as curves, thinned while it is read: it may have millions of lines, the last one half written."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ftcli.report.checked import count, number, words
from ftcli.report.thinning import Point, Thinned
from ftcli.system.bounded import UnreadableError, opened

NAME = "metrics.jsonl"
_LONGEST_LINE = 1 << 20
# Of a larger file not every line of a step is read, but so much of it, which takes seconds.
_READ_WHOLE = 8 << 20
# What lines that are always read hold: those of epochs and notes.
_ALWAYS = re.compile(rb'"train_loss"|"val_|"note"').search
_MOST_CURVES, _MOST_PHASES, _MOST_NOTES = 100, 60, 20


@dataclass(frozen=True, slots=True)
class Phase:
    """Epochs in which the same trains."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class History:
    """What was logged. `steps` are curves over steps, `epochs` over epochs, each by the key of its lines."""

    steps: Mapping[str, list[Point]] = field(default_factory=dict)
    epochs: Mapping[str, list[Point]] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    notes: tuple[str, ...] = ()
    # The epochs that are done, and the one of them that was the best when it ended; 0 is what they began with.
    done: int = 0
    best: int | None = None
    steps_per_epoch: float | None = None
    problems: tuple[str, ...] = ()

    def over_epochs(self, key: str) -> list[Point]:
        """A curve over steps, with steps as parts of epochs; nothing before the end of the first epoch."""
        each = self.steps_per_epoch
        return [(step / each, value) for step, value in self.steps.get(key, ())] if each else []


def read_history(path: Path) -> History:
    """The history of a run; an empty one with the reason where there is no such file, or it cannot be read."""
    try:
        with opened(path) as file:
            reading = _Reading(every := 1 + os.fstat(file.fileno()).st_size // _READ_WHOLE)
            for line in _lines(file, every):
                reading.take(line)
            return reading.history()
    except FileNotFoundError:
        return History(problems=(f"{path.name} is missing: there are no curves",))
    except (UnreadableError, OSError) as error:
        return History(problems=(str(error),))


def _lines(file: BinaryIO, every: int) -> Iterator[bytes]:
    """The lines, of those of steps only one in `every`; of one that is very long the parts, which are not JSON."""
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if every == 1 or number % every == 0 or _ALWAYS(line):
            yield line


class _Reading:
    """What the lines so far have said."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._steps: dict[str, Thinned] = {}
        self._epochs: dict[str, Thinned] = {}
        self._phases: list[Phase] = []
        self._notes: list[str] = []
        self._best: int | None = None
        self._done = self._step = self._damaged = self._infinite = 0

    def take(self, line: bytes) -> None:
        """Take a line of any kind, or count it as damaged."""
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            self._damaged += bool(line.strip())
            return
        if not isinstance(values, dict):
            self._damaged += 1
            return
        epoch, step = count(values.get("epoch")), count(values.get("step"))
        if epoch is None or step is None:
            self._damaged += 1
        elif "note" in values:
            if len(self._notes) < _MOST_NOTES and (note := words(values["note"])) is not None:
                self._notes.append(note)
        elif "loss" in values:
            self._add(self._steps, step, values)
        else:
            self._take_epoch(epoch, step, values)

    def _take_epoch(self, epoch: int, step: int, values: Mapping[str, Any]) -> None:
        self._add(self._epochs, epoch, values)
        if epoch > self._done:
            self._done, self._step = epoch, step
        if values.get("best") is True:
            self._best = epoch
        name = words(values.get("phase"))
        if name is None:
            return
        if self._phases and self._phases[-1].name == name:
            self._phases[-1] = Phase(name, self._phases[-1].first, epoch)
        elif len(self._phases) < _MOST_PHASES:
            self._phases.append(Phase(name, epoch, epoch))

    def _add(self, curves: dict[str, Thinned], x: int, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            if type(value) is float and math.isfinite(value):
                y: float = value
            elif (found := number(value)) is not None:
                y = found
            else:
                self._infinite += isinstance(value, float)
                continue
            if key in ("epoch", "step"):
                continue
            if (curve := curves.get(key)) is None:
                if len(curves) == _MOST_CURVES:
                    continue
                curve = curves[key] = Thinned()
            curve.add(x, y)

    def history(self) -> History:
        """All of it."""
        problems = []
        if self._every > 1:
            problems.append(f"{NAME} is large: of the lines of steps one in {self._every} was read")
        if self._damaged:
            problems.append(f"{NAME}: lines that cannot be read were left out: {self._damaged:,}")
        if self._infinite:
            problems.append(f"{NAME}: values that are not finite numbers were left out: {self._infinite:,}")
        return History(
            {key: curve.points() for key, curve in self._steps.items()},
            {key: curve.points() for key, curve in self._epochs.items()},
            tuple(self._phases),
            tuple(self._notes),
            self._done,
            self._best,
            self._step / self._done if self._done and self._step else None,
            tuple(problems),
        )
