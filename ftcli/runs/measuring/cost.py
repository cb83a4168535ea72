"""What a training costs, and where that is known from."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ftcli.runs.batches import SplitBatches
from ftcli.runs.measuring.disk import Disk
from ftcli.runs.measuring.survey import Survey

MEASURED = "measured steps"
EARLIER_RUN = "an earlier run like this on this machine"
EARLIER_STEPS = "steps that were measured on this machine before"
TRACED = "operations traced without data"
FORMULA = "formulas"


class Part(NamedTuple):
    """Something that takes time: what, in seconds."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a training costs, if it goes on to its last epoch."""

    # The peak in bytes, of the process on a CPU, on the device else; and how it is known.
    memory: int | None
    memory_source: str
    # Whether activations are not in it, which no formula gives.
    at_least: bool
    # From its begin to its end, without the start of the program; None where nothing was measured.
    seconds: float | None
    seconds_source: str
    disk: Disk
    parts: tuple[Part, ...] = ()
    # Of `seconds`, what each epoch takes, the first of a phase with what is computed once for it.
    epochs: tuple[float, ...] = ()
    # What memory and seconds were multiplied by, as earlier predictions were off.
    factors: tuple[float, float] = (1.0, 1.0)

    def times(self, memory: float, seconds: float) -> Cost:
        """The same, with memory and all times multiplied."""
        return replace(
            self,
            memory=None if self.memory is None else round(self.memory * memory),
            seconds=None if self.seconds is None else self.seconds * seconds,
            parts=tuple(Part(part.name, part.seconds * seconds) for part in self.parts),
            epochs=tuple(one * seconds for one in self.epochs),
            factors=(memory, seconds),
        )

    def within(self, limit: float | None) -> Cost:
        """The same, for a training that ends when its time does, in seconds."""
        if limit is None or self.seconds is None:
            return self
        return replace(self, seconds=min(self.seconds, limit))

    def seconds_of(self, epochs: int) -> float | None:
        """The seconds of a training that stops after so many epochs."""
        if self.seconds is None:
            return None
        # `seconds` may be a limit of time, which is less than all epochs take.
        whole = sum(part.seconds for part in self.parts) if self.parts else self.seconds
        return min(self.seconds, whole - sum(self.epochs[epochs:]))

    def as_json(self) -> dict[str, Any]:
        """For summary.json, and for programs."""
        return {
            "memory_bytes": self.memory,
            "memory_source": self.memory_source,
            "memory_is_at_least": self.at_least,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "seconds_source": self.seconds_source,
            "disk_bytes": self.disk.at_end(),
            "store_bytes": self.disk.store,
        }


@dataclass(frozen=True, slots=True)
class Workload:
    """What a training goes through, as far as its time depends on it."""

    training: SplitBatches
    validation: SplitBatches | None
    # Examples that are scored at the end alone.
    test: int
    epochs: int
    # The first epoch of each phase, counted from 0.
    starts: Sequence[int]
    accumulate: int
    workers: int
    # Of one checkpoint, and how many are written.
    checkpoint_bytes: int
    saves: int


def parts_of(survey: Survey, work: Workload) -> tuple[list[Part], list[float]]:
    """How long each part of a training takes, and each epoch."""
    phases = [survey.phase(work.starts[bisect(work.starts, epoch) - 1]) for epoch in range(work.epochs)]
    examples = work.training.examples
    held_out = 0 if work.validation is None else work.validation.examples
    encoding = survey.encoding * (examples + held_out + work.test) / max(1, work.workers)
    sizes = _sizes(work.training)
    validation = np.zeros(0) if work.validation is None else _sizes(work.validation)
    frozen, steps, scoring = [], [], []
    for epoch, phase in enumerate(phases):
        begins = epoch == 0 or phases[epoch - 1] != phase
        once = phase.missing_training * examples + phase.missing_validation * held_out
        frozen.append(begins * (phase.cutting + phase.features * once))
        taken = phase.step.total(sizes) * _share(phase.further, work.accumulate)
        read = phase.reading.total(sizes)
        # Processes read while the steps are taken.
        steps.append(max(taken, read / work.workers) if work.workers else taken + read)
        scoring.append(phase.scoring.total(validation))
    saving = survey.saving * work.checkpoint_bytes / 1e6 * work.saves
    each = [sum(one) for one in zip(frozen, steps, scoring, strict=True)]
    epochs = [one + saving / work.epochs for one in each]
    final = 0.0
    if phases:
        epochs[0] += encoding
        known = phases[-1].scoring.total(validation) / held_out if held_out else steps[-1] / examples / 3
        final = work.test * (known + phases[-1].features)
    parts = {
        "encoding": encoding, "frozen blocks": sum(frozen), "steps": sum(steps),
        "scoring": sum(scoring) + final, "saving": saving,
    }  # fmt: skip
    return [Part(name, seconds) for name, seconds in parts.items()], epochs


def _share(further: float, accumulate: int) -> float:
    """The time of a step of `accumulate` batches, as a share of as many steps of one."""
    return (1 + further * (accumulate - 1)) / accumulate


def _sizes(batches: SplitBatches) -> NDArray[np.int64]:
    """The sizes of the batches of an epoch; other epochs have others, of the same sum."""
    order = batches.order
    return np.array([order.cost(batch) for batch in order.batches(0)], np.int64)
