"""What a training will cost: by steps that are measured, else by operations that are traced, else by formulas."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ftcli.config.schema import Experiment
from ftcli.runs.measuring.cost import MEASURED, TRACED, Cost, Part
from ftcli.runs.measuring.expected import Outline, corrected, disk, expected, surveyed
from ftcli.runs.measuring.history import History
from ftcli.runs.measuring.keys import key_of
from ftcli.runs.measuring.memory import DeviceMemory
from ftcli.runs.measuring.survey import survey
from ftcli.runs.probing.cost import ProbeCost, probe_cost
from ftcli.runs.training import Training
from ftcli.studies.money import money
from ftcli.studies.planning.target import CONTEXT, SLACK, Target
from ftcli.studies.planning.traced import traced
from ftcli.system.uptime import seconds_since_start
from ftcli.training.hardware import keep_memory


@dataclass(frozen=True, slots=True)
class Planned:
    """The cost of a training on a device that has `room` bytes for it, None where nothing says."""

    cost: Cost
    room: int | None
    # Seconds from the start of the program to where the first epoch could begin.
    started: float
    # Bytes that are free on the disk of the run directory.
    disk_free: int | None
    notes: tuple[str, ...] = ()
    price: float | None = None
    # Seconds of the probe before the training; None where there is none, or nothing was measured.
    probe: float | None = None

    @property
    def before(self) -> float:
        """Seconds from the start of the program to the first step."""
        return self.started + (self.probe or 0.0)

    @property
    def money(self) -> float | None:
        """In the currency of the price of an hour."""
        seconds = self.cost.seconds
        return money(self.price, None if seconds is None else self.before + seconds)

    @property
    def fits(self) -> bool | None:
        """Whether the memory suffices; None where that is not known."""
        if self.room is None or self.cost.memory is None:
            return None
        enough = self.cost.memory <= self.room
        return None if enough and self.cost.at_least else enough

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        disk = self.cost.disk
        return {
            **self.cost.as_json(),
            "fits": self.fits,
            "room_bytes": self.room,
            "start_seconds": round(self.started, 1),
            "probe_seconds": None if self.probe is None else round(self.probe, 1),
            "parts": {part.name: round(part.seconds, 2) for part in self.cost.parts},
            "disk": {
                "checkpoints": disk.kept, "checkpoint_bytes": disk.checkpoint, "shared_bytes": disk.shared,
                "most_bytes": disk.most, "free_bytes": self.disk_free,
            },
            "money": self.money,
            "notes": list(self.notes),
        }  # fmt: skip


def suited(experiment: Experiment, target: Target | None, *, present: bool) -> Experiment:
    """The experiment on the device that a plan is for.

    For one that is absent it is prepared on the CPU, in the precision that a GPU would have.
    """
    if target is None:
        return experiment
    training = experiment.training
    device = target.device if present else "cpu"
    precision = training.precision if present or training.precision != "auto" else "bf16"
    return replace(experiment, training=replace(training, device=device, precision=precision))


def planned(
    training: Training, target: Target | None, *, present: bool, run: bool, price: float | None = None
) -> Planned:
    """What the training will cost. With `run`, where the device is present, steps are taken, and nothing stays of them.

    Raises what a training would for data and steps that fail, and `MemoryShortError` where not even a small batch fits.
    """
    started, outline = seconds_since_start(), training.outline
    notes: tuple[str, ...] = ()
    probe = probe_cost(outline.session) if run and present else None
    if run and present and training.fit.plan.epochs:
        cost, notes = measured(outline)
    # The head is the probe: there are no steps.
    elif probe is not None:
        cost, notes = _of_probe(outline, probe), ("the frozen network was run on a few examples",)
    else:
        cost = expected(outline)
        # Without the device nothing is known of its speed.
        cost = cost if present else replace(cost, seconds=None, parts=(), epochs=(), at_least=True)
        if cost.at_least:
            cost, notes = _traced(training, cost, target, present=present)
    seconds = None if probe is None else probe.seconds
    if (limit := training.fit.plan.seconds) is not None:  # it counts from the start of the program
        cost = cost.within(max(0.0, limit - started - (seconds or 0.0)))
    return Planned(
        cost, _room(training, target, present=present), started, _disk_free(training.directory.path), notes, price,
        seconds,
    )  # fmt: skip


def _of_probe(outline: Outline, probe: ProbeCost) -> Cost:
    """The cost of a training that keeps its probe: the other splits are scored."""
    splits = outline.session.splits
    scoring = Part("scoring", probe.example * (len(splits.val or ()) + len(splits.test or ())))
    return Cost(probe.peak_bytes, MEASURED, False, scoring.seconds, MEASURED, disk(outline), (scoring,))


def measured(outline: Outline) -> tuple[Cost, tuple[str, ...]]:
    """The cost of a training of one epoch or more by real steps, of which nothing stays, and how they were taken.

    What they cost is remembered, and trainings of the same kind are predicted from it. Raises what `survey` raises.
    """
    session, fit = outline.session, outline.fit
    history, found = History.of(session.experiment), survey(session)
    history.add_survey(key_of(session, fit), found.anew())
    cost = corrected(surveyed(outline, found, MEASURED), history).within(fit.plan.seconds)
    sizes = " and ".join(map(str, found.phases[-1].measured))
    line = ", and a line through them beyond" if any(phase.beyond for phase in found.phases) else ""
    return cost, (f"steps of {sizes} examples were measured{line}",)


def _traced(
    training: Training, cost: Cost, target: Target | None, *, present: bool
) -> tuple[Cost, tuple[str, ...]]:
    """The cost with a memory that has activations, where the step can be traced."""
    memory = DeviceMemory(training.session.precision.device)
    held = memory.held()
    try:
        found = traced(training.session)
    except Exception as error:
        reason = str(error).partition("\n")[0]
        return cost, (f"the step could not be traced, so activations are not in the memory: {reason}",)
    if present and memory.device.type == "cpu":
        peak = held + (found.heap if keep_memory() else found.bytes)
    elif present:
        peak = held + found.bytes
    else:
        peak = round((_stays(training) + found.bytes) * (1 + SLACK)) + CONTEXT
    kind = "without numbers" if found.without_numbers else "on small batches, and a line through them"
    notes = (f"the operations of a step were traced {kind}; no step was taken",)
    traced_cost = replace(cost, memory=peak, memory_source=TRACED, at_least=False)
    return corrected(traced_cost, History.of(training.session.experiment)), notes


def _stays(training: Training) -> int:
    """Bytes that are on the device before the first step: weights and buffers, and their averages."""
    model, fit = training.session.model, training.fit
    kept = [*model.parameters(), *model.buffers(), *fit.ema.average.values()]
    return sum(value.nbytes for value in {id(value): value for value in kept}.values())


def _room(training: Training, target: Target | None, *, present: bool) -> int | None:
    if target is not None and target.memory is not None:
        return target.memory
    return DeviceMemory(training.session.precision.device).room() if present else None


def _disk_free(folder: Path) -> int | None:
    there = next(one for one in folder.absolute().parents if one.exists())
    try:
        return shutil.disk_usage(there).free
    except OSError:
        return None
