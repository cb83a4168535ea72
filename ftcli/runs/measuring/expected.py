"""What a training is expected to cost before a step is taken: by earlier runs on this machine, else by formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from ftcli.runs.batches import SplitBatches
from ftcli.runs.caching import Caching, Kept
from ftcli.runs.measuring.cost import EARLIER_RUN, EARLIER_STEPS, FORMULA, Cost, Part, Workload, parts_of
from ftcli.runs.measuring.disk import Disk, disk_of, moments_of
from ftcli.runs.measuring.history import History, RunRecord
from ftcli.runs.measuring.keys import key_of
from ftcli.runs.measuring.memory import DeviceMemory
from ftcli.runs.measuring.survey import Survey, phase_starts
from ftcli.runs.scoring import Validation
from ftcli.runs.session import Session
from ftcli.store.shard import RECORD_BYTES
from ftcli.store.tensor_format import pack
from ftcli.training.fit import Fit

# Bytes of an entry of the store beside its features.
RECORD = RECORD_BYTES + len(pack({"features": torch.empty(0)}))


@dataclass(frozen=True, slots=True)
class Outline:
    """A training that has not begun, as far as its cost depends on it."""

    session: Session
    fit: Fit
    batches: SplitBatches
    validation: SplitBatches | None
    kept: Sequence[Kept]

    @classmethod
    def of(cls, session: Session, fit: Fit, caching: Caching, validation: Validation | None) -> Outline:
        """From the parts of a training."""
        batches, scored = fit.batches, None if validation is None else validation.batches
        assert isinstance(batches, SplitBatches)
        return cls(session, fit, batches, scored, tuple(caching.plan(batches.sample)))

    @property
    def starts(self) -> list[int]:
        """The first epoch of each phase, counted from 0."""
        return phase_starts(self.fit.policy.trainable, self.fit.plan.epochs)


def expected(training: Outline) -> Cost:
    """The cost of a training. Takes milliseconds: no step is taken, and nothing is traced."""
    history, key = History.of(training.session.experiment), key_of(training.session, training.fit)
    if (run := history.last_run(key)) is not None:
        return corrected(_like(run, training), history).within(training.fit.plan.seconds)
    if (known := history.last_survey(key)) is not None:
        cost = surveyed(training, known, EARLIER_STEPS)
        return corrected(cost, history).within(training.fit.plan.seconds)
    return Cost(_without_activations(training), FORMULA, True, None, FORMULA, disk(training))


def surveyed(training: Outline, survey: Survey, source: str) -> Cost:
    """The cost of a training whose parts were measured."""
    taken = disk(training)
    parts, epochs = parts_of(survey, workload(training, taken))
    seconds = sum(part.seconds for part in parts)
    return Cost(survey.peak_bytes, source, False, seconds, source, taken, tuple(parts), tuple(epochs))


def corrected(cost: Cost, history: History) -> Cost:
    """The cost as earlier predictions from the same sources would have been right."""
    return cost.times(
        history.factor(cost.memory_source, "memory"), history.factor(cost.seconds_source, "seconds")
    )


def disk(training: Outline) -> Disk:
    """What the training leaves on disk."""
    session = training.session
    splits = (session.splits.train, session.splits.val, session.splits.test)
    examples = sum(len(split) for split in splits if split is not None)
    keeps = session.experiment.data.cache.keep != "none"
    inputs = round(training.batches.input_bytes() * examples) if keeps else 0
    features = max((one.bytes + RECORD * examples for one in training.kept if one.bytes), default=0)
    return disk_of(session, training.fit, inputs + features)


def workload(training: Outline, taken: Disk) -> Workload:
    """What the training goes through."""
    session, fit = training.session, training.fit
    every = session.experiment.training.save_every
    return Workload(
        training.batches, training.validation, len(session.splits.test or ()), fit.plan.epochs, training.starts,
        fit.plan.accumulate, session.experiment.data.workers or 0, taken.resumable, -(-fit.plan.epochs // every),
    )  # fmt: skip


def _like(run: RunRecord, training: Outline) -> Cost:
    """The cost of one that goes as an earlier one did, on perhaps more examples, for perhaps more epochs."""
    share, epochs = training.batches.examples / run.examples, list[float]()
    for index, (start, end) in enumerate(pairwise([*training.starts, training.fit.plan.epochs])):
        first, other = run.phases[min(index, len(run.phases) - 1)]
        epochs += [share * first, *[share * other] * (end - start - 1)]
    parts = (Part("epochs", sum(epochs)), Part("before and after", run.rest))
    seconds = sum(part.seconds for part in parts)
    return Cost(
        run.peak_bytes, EARLIER_RUN, False, seconds, EARLIER_RUN, disk(training), parts, tuple(epochs)
    )


def _without_activations(training: Outline) -> int:
    """What is held, which has the weights, and what training adds for each parameter that trains: its gradient, what
    the optimizer remembers of it, and its average."""
    session, fit = training.session, training.fit
    parameters = [value for group in fit.optimizer.param_groups for value in group["params"]]
    trained: int = sum(value.nbytes for value in parameters)
    times = 1 + sum(whole for _, whole in moments_of(session.experiment).values()) + bool(fit.plan.ema)
    return DeviceMemory(session.precision.device).held() + times * trained
