"""How long training is to go on, how far it is, which epoch is best, and what the loop reports."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ftcli.training.not_finite import not_finite

if TYPE_CHECKING:
    from torch import Tensor


TIME_IS_UP = "time is up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to train, and what surrounds a step."""

    epochs: int
    seed: int = 0
    accumulate: int = 1
    # Most examples that go through the network at once; None for whole batches.
    micro_batch: int | None = None
    clip: float = 0.0
    ema: float = 0.0
    # Evaluations without improvement; None never stops early.
    patience: int | None = None
    lower_is_better: bool = False
    # The validation figure that decides which epoch is best.
    metric: str = "loss"
    # Of so many best epochs the weights are averaged in the end.
    average_best: int = 1
    # The time that all may take; None for no limit.
    seconds: float | None = None


@dataclass(slots=True)
class Progress:
    """All that the loop remembers beside weights and optimizer; goes into a checkpoint as it is."""

    epoch: int = 0  # finished epochs
    step: int = 0  # finished optimizer steps
    best: dict[str, float] = field(default_factory=dict)  # figures of the best epoch
    best_epoch: int | None = None
    reference: float | None = None  # what an evaluation must beat not to count as stale
    stale: int = 0  # evaluations since the last improvement
    stopped: str | None = None  # the reason, once training is over
    retried: list[str] = field(default_factory=list)  # why it went back, each time to half the learning rate
    micro_batch: int | None = None  # examples that go through the network at once, where memory was short
    planned: int = 0  # epochs of the plan by which the last step was taken
    seconds: float = 0.0  # that all finished epochs took, in this process and in those before it
    epoch_seconds: float = 0.0  # of the epoch that is not finished, up to its last step
    epoch_examples: int = 0  # that it has trained on
    used: float = 0.0  # seconds of the limit of time, by all that was done up to here
    limit: float | None = None  # that limit
    length: int | None = (
        None  # places of steps after which the time is up, as it was decided last; see `course`
    )
    missed: int = 0  # places of steps that time has left out of epochs
    # Epochs of the plan that time has left out before each phase.
    left_out: list[int] = field(default_factory=list)
    # What the clock has decided, one after the other: `step`, `epoch`, and from there on `length` and `left_out`.
    decided: list[dict[str, Any]] = field(default_factory=list)
    # The best epochs, each with its rank, the best first.
    good: list[list[float]] = field(default_factory=list)

    @property
    def good_epochs(self) -> list[int]:
        """The epochs whose average is tried in the end, the best first."""
        return [int(epoch) for epoch, *_ in self.good]

    def judge(
        self, figures: Mapping[str, float], plan: Plan, improvement: Callable[[Mapping[str, float]], float]
    ) -> bool:
        """Take in the validation figures of the epoch that has ended; whether it is the best so far.

        Without figures the last epoch always is. The metric has to gain more than `improvement(figures)`, or the epoch
        counts as stale. Of two epochs with the same metric the one with the lower loss is better.
        """
        if not figures:
            self.best_epoch = self.epoch
            return True
        sign = -1 if plan.lower_is_better else 1
        score = sign * figures.get(plan.metric, -sign * math.inf)
        if math.isfinite(score) and plan.average_best > 1:
            found = sorted(
                [*self.good, [self.epoch, *rank(figures, plan)]], key=lambda one: one[1:], reverse=True
            )
            self.good = found[: plan.average_best]
        gained = self.reference is None or score > self.reference + improvement(figures)
        improved = math.isfinite(score) and gained
        self.stale = 0 if improved else self.stale + 1
        if improved:
            self.reference = score
        if not math.isfinite(score) or (self.best and rank(figures, plan) <= rank(self.best, plan)):
            return False
        self.best, self.best_epoch = dict(figures), self.epoch
        return True


@dataclass(frozen=True, slots=True)
class StepReport:
    """One optimizer step."""

    epoch: int  # counted from 1
    step: int
    # The mean over all units of the step. It stays on the device until it is read.
    loss: Tensor
    # The learning rate of the head.
    lr: float
    examples: int
    # Sentences for the user, on what happened in this step.
    notes: tuple[str, ...] = ()

    def read(self) -> float:
        """The loss, for which a GPU has to finish the step. Raises `NotFiniteError` if it is NaN or infinite."""
        loss = float(self.loss)
        if not math.isfinite(loss):
            raise not_finite(loss, self.step, self.epoch)
        return loss


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One epoch: the mean training loss, the validation figures, and what follows from them."""

    epoch: int  # finished epochs, so the first report has 1
    step: int
    phase: int
    train_loss: float
    figures: Mapping[str, float]
    best: bool
    stopped: str | None
    # What trained, in words: "head", "all blocks", ...
    trained: str
    # The learning rate of the head at the last step.
    lr: float
    # Of the whole epoch, with its validation.
    seconds: float
    # Of the training alone.
    examples_per_second: float


def is_decision(one: Any) -> bool:
    """Whether something from outside is what `Progress.decided` has."""
    if not isinstance(one, dict) or not {"step", "epoch", "length", "left_out"} <= set(one):
        return False
    length, gaps = one["length"], one["left_out"]
    numbers = [one["step"], one["epoch"], 0 if length is None else length]
    return isinstance(gaps, list) and all(type(number) is int for number in [*numbers, *gaps])


def why_stopped(progress: Progress, plan: Plan, *, last_phase: bool = True) -> str | None:
    """Why training is over after the epochs that are finished; None if it goes on."""
    place, left_out = progress.step + progress.missed, (progress.left_out or [0])[-1]
    # A limit that is not above the one by which the length was decided, or what was used since.
    timed = plan.seconds is not None and plan.seconds <= max(progress.limit or 0.0, progress.used)
    length = progress.length if timed else None
    if progress.epoch + left_out >= plan.epochs and (length is None or place <= length):
        return "all epochs are done"
    if length is not None and place >= length:
        return TIME_IS_UP
    if plan.patience is not None and progress.stale >= plan.patience and last_phase:
        return f"{plan.metric} has not improved in {progress.stale} evaluations"
    return None


def rank(figures: Mapping[str, float], plan: Plan) -> tuple[float, float]:
    """What makes one epoch better than another: its metric, then its loss, if that is finite; more is better."""
    loss, sign = figures["loss"], -1 if plan.lower_is_better else 1
    return sign * figures[plan.metric], -loss if math.isfinite(loss) else -math.inf
