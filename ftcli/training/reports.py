"""How long training is to go on, how far it is, and whether it is over."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, and what surrounds a step."""

    epochs: int
    seed: int = 0
    accumulate: int = 1
    clip: float = 0.0
    ema: float = 0.0
    patience: int | None = None  # evaluations without improvement; None never stops early
    lower_is_better: bool = False
    metric: str = "loss"  # the validation figure that decides which epoch is best


@dataclass(slots=True)
class Progress:
    """All that the loop remembers beside weights and optimizer; goes into a checkpoint as it is."""

    epoch: int = 0  # finished epochs
    step: int = 0  # finished optimizer steps
    best: dict[str, float] = field(default_factory=dict)  # figures of the best epoch
    best_epoch: int | None = None
    reference: float | None = None  # what an evaluation must beat not to count as stale
    stale: int = 0
    stopped: str | None = None  # the reason, once training is over
    retried: list[str] = field(default_factory=list)  # why it went back, each time to half the learning rate
    micro_batch: int | None = None  # examples that go through the network at once, where memory was short
    planned: int = 0  # epochs of the plan by which the last step was taken


def why_stopped(progress: Progress, plan: Plan, *, last_phase: bool = True) -> str | None:
    """Why training is over after the epochs that are finished; None if it goes on."""
    if progress.epoch >= plan.epochs:
        return "all epochs are done"
    if plan.patience is not None and progress.stale >= plan.patience and last_phase:
        return f"{plan.metric} has not improved in {progress.stale} evaluations"
    return None
