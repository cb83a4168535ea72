"""What each part of a training costs on this machine, measured once; `forecast` puts it together for all epochs.

The time of a step is a curve over the size of its batch, which is examples, or padded tokens of texts, whose attention
makes it grow faster. The peak of memory is measured at the largest batch of the training where that is expected to
fit, and is else on the line through two smaller ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ftcli.loading.batch_sampler import Indices
from ftcli.runs.measuring.bench import Bench, StepCost, bench
from ftcli.runs.measuring.curve import Curve
from ftcli.runs.measuring.memory import USABLE
from ftcli.runs.session import Session
from ftcli.training.oom import out_of_memory

# Phases that are measured. One that is not is taken to cost what the next measured one does, in which more trains.
MOST_PHASES = 3
# Steps at each size, of which the first are not timed, and the seconds after which the others are left out.
STEPS, SKIP, ENOUGH = 4, 2, 3.0
# Steps on batches of different lengths, between so many of which the largest comes, and the seconds that they may take.
MIXED, EACH, MIXED_ENOUGH = 36, 8, 6.0
# Examples that are read to see how long encoding takes.
READ = 16
# The smallest part of a batch that is measured, as a batch norm needs two; and seconds of a step, above which no larger
# one is taken.
LEAST, SLOWEST = 2, 20.0


@dataclass(frozen=True, slots=True)
class PhaseCost:
    """What the epochs from `first` on cost, counted from 0, up to the next phase. Seconds and bytes."""

    first: int
    # A step of one batch, the reading of it, and the scoring of a batch, over its size.
    step: Curve
    reading: Curve
    scoring: Curve
    # What each further batch adds to a step, as a share of the step of one.
    further: float
    # To cut the network, once; and to compute the features of an example.
    cutting: float
    features: float
    # Of which splits features are kept.
    keeps_training: bool
    keeps_validation: bool
    # Of the training and of the validation split, the share whose features are to be computed once: 0 where none are
    # kept, or all are there already.
    missing_training: float
    missing_validation: float
    peak_bytes: int
    # The examples of the batches that were measured; `beyond`: the training has larger ones.
    measured: tuple[int, ...]
    beyond: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """All parts of a training, in seconds: to encode an example that is not kept yet, and to save a megabyte."""

    phases: tuple[PhaseCost, ...]
    encoding: float
    saving: float

    @property
    def peak_bytes(self) -> int:
        """The most memory of any part."""
        return max(phase.peak_bytes for phase in self.phases)

    def anew(self) -> Survey:
        """The same for data of which nothing is kept yet."""
        return replace(
            self,
            phases=tuple(
                replace(
                    one,
                    missing_training=float(one.keeps_training),
                    missing_validation=float(one.keeps_validation),
                )
                for one in self.phases
            ),
        )

    def phase(self, start: int) -> PhaseCost:
        """What the phase that begins with the epoch `start` costs or, where that was not measured, the next one."""
        later = [one for one in self.phases if one.first >= start]
        return later[0] if later else self.phases[-1]


def survey(session: Session) -> Survey:
    """Measure the parts of the session's training, which is afterwards what it was.

    Raises `NotFiniteError` and `DataError` as a training would, and `MemoryShortError` where not even a small batch
    fits.
    """
    with bench(session) as place:
        encoding = _encoding(place)
        phases = [_phase(place, epoch) for epoch in _measured(place)]
        return Survey(tuple(phases), encoding, place.saving())


def phase_starts(trainable: Callable[[int], object], epochs: int) -> list[int]:
    """The first epoch of each phase: where what trains changes."""
    trains = [trainable(epoch) for epoch in range(epochs)]
    return [epoch for epoch in range(epochs) if epoch == 0 or trains[epoch] != trains[epoch - 1]]


def _measured(place: Bench) -> list[int]:
    starts = phase_starts(place.policy.trainable, len(place.epochs))
    chosen = np.linspace(0, len(starts) - 1, min(MOST_PHASES, len(starts))).round().astype(int)
    return [starts[index] for index in dict.fromkeys(chosen.tolist())]


def _encoding(place: Bench) -> float:
    """The mean over examples all over the training split, of which some may be kept already."""
    chosen = np.linspace(0, place.batches.examples - 1, min(READ, place.batches.examples)).astype(int)

    def encode() -> None:
        for index in chosen.tolist():
            place.batches.encode(index)

    # Together: before what is timed the garbage is collected, which takes longer than most examples.
    return place.timed(encode)[0] / len(chosen)


def _phase(place: Bench, epoch: int) -> PhaseCost:
    cutting, _ = place.timed(partial(place.batches.enter, epoch))
    keeps_training = place.batches.enter(epoch)
    keeps_validation = place.validation is not None and place.validation.enter(epoch)
    features, frozen_peak = _frozen_pass(place, epoch) if keeps_training or keeps_validation else (0.0, 0)
    scoring, scoring_peak = _scoring(place, epoch)
    batches = place.batches.order.batches(epoch)
    largest = max(batches, key=place.batches.order.cost)
    costs = _steps(place, epoch, largest)
    further, further_peak = _further(place, epoch, largest, costs[-1])
    peaks = [_peak(costs, len(largest)) + further_peak, frozen_peak, scoring_peak]
    timed = [*costs, *_of_other_lengths(place, epoch, batches)]
    if costs[-1].examples == len(largest):
        peaks.append(_mixed_peak(place, epoch, batches, largest))
    sizes = [cost.examples * (cost.longest or 1) for cost in timed]
    return PhaseCost(
        epoch,
        Curve.through(sizes, [cost.seconds for cost in timed]),
        Curve.through(sizes, [cost.reading for cost in timed]),
        scoring, further, cutting, features, keeps_training, keeps_validation, *place.missing(epoch), max(peaks),
        tuple(cost.examples for cost in costs), costs[-1].examples < len(largest),
    )  # fmt: skip


def _steps(place: Bench, epoch: int, largest: Indices) -> list[StepCost]:
    """Steps on a part of the largest batch, then on all of it, if that is expected to fit; else on twice the part."""
    count = len(largest)
    part = min(count, max(LEAST, count // 4))
    first = _must_fit(_measure(place, largest[:part], epoch))
    costs, free = [first], place.memory.free()
    for size in (count, min(count, 2 * part)):
        bound = (first.peak_bytes - first.held_bytes) * size / part
        fits = free is None or bound <= USABLE * free + first.peak_bytes - first.held_bytes
        if size > part and fits and first.seconds * size / part < SLOWEST:
            cost = _measure(place, largest[:size], epoch)
            return costs if cost is None else [*costs, cost]
    return costs


def _measure(place: Bench, indices: Indices, epoch: int, accumulate: int = 1) -> StepCost | None:
    return place.measure(
        indices, epoch=epoch, steps=STEPS, skip=SKIP, accumulate=accumulate, most=ENOUGH, save=True
    )


def _must_fit(cost: StepCost | None) -> StepCost:
    if cost is None:
        raise out_of_memory()
    return cost


def _peak(costs: Sequence[StepCost], count: int) -> int:
    """At `count` examples: measured, or on the line through two sizes; in proportion to one."""
    *_, last = costs
    if last.examples == count:
        return last.peak_bytes
    if len(costs) == 1:
        return last.held_bytes + (last.peak_bytes - last.held_bytes) * count // last.examples
    line = Curve.through([cost.examples for cost in costs], [cost.peak_bytes for cost in costs])
    return round(line(count))


def _further(place: Bench, epoch: int, largest: Indices, alone: StepCost) -> tuple[float, int]:
    """What a second batch adds to a step, as a share of its time, and in bytes, as gradients of the first are there."""
    if place.session.experiment.training.accumulate == 1:
        return 1.0, 0
    both = _must_fit(_measure(place, largest[: alone.examples], epoch, accumulate=2))
    share = (both.seconds - alone.seconds) / alone.seconds
    return min(1.0, max(0.0, share)), max(0, both.peak_bytes - alone.peak_bytes)


def _of_other_lengths(place: Bench, epoch: int, batches: Sequence[Indices]) -> Iterator[StepCost]:
    """Steps on the shortest batch and on a middle one, where batches differ in length."""
    if place.batches.lengths() is None:
        return
    ordered = sorted(batches, key=place.batches.order.cost)
    for index in {0, len(ordered) // 2} - {len(ordered) - 1}:
        cost = _measure(place, ordered[index], epoch)
        if cost is not None:
            yield cost


def _mixed_peak(place: Bench, epoch: int, batches: Sequence[Indices], largest: Indices) -> int:
    """The peak of steps on batches of different lengths, in the order of the epoch, the largest again and again."""
    if place.batches.lengths() is None or place.memory.device.type != "cpu":
        return 0
    some = batches[: MIXED - MIXED // EACH]
    mixed = [part for start in range(0, len(some), EACH) for part in (*some[start : start + EACH], largest)]
    return place.peak_of(mixed, epoch, MIXED_ENOUGH)


def _frozen_pass(place: Bench, epoch: int) -> tuple[float, int]:
    """Seconds of an example through the frozen blocks, and the peak of as many as go through them together."""
    indices = place.batches.largest_window()
    part = max(1, len(indices) // 8)
    for index in indices.tolist():
        place.batches.encode(index)
    seconds, held = math.inf, place.memory.held()
    peak = held
    for size in (part, part, len(indices)):
        if size > part and seconds * size / part > SLOWEST:
            return seconds / part, held + (peak - held) * size // part
        seconds, peak = place.timed(partial(_compute, place, indices[:size], epoch))
    return seconds / len(indices), peak


def _compute(place: Bench, indices: Indices, epoch: int) -> None:
    for _ in place.batches.compute(epoch, [indices]):
        pass


def _scoring(place: Bench, epoch: int) -> tuple[Curve, int]:
    """The scoring of batches of the validation split, and the peak."""
    if place.validation is None:
        return Curve(), 0
    batches = sorted(place.validation.order.batches(0), key=place.validation.order.cost)
    sizes, times, peaks = [], [], []
    for batch in [batches[len(batches) // 2], batches[-1]][-len(batches) :]:
        made = place.validation.chosen(batch, epoch)
        found = [place.timed(partial(place.evaluated, made)) for _ in range(2)]
        sizes.append(place.validation.order.cost(batch))
        times.append(found[-1][0])
        peaks.append(max(peak for _, peak in found))
    return Curve.through(sizes, times), max(peaks)
