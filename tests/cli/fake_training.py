"""A training without a network: as much of one as the screen looks at."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from ftcli.training.reports import EpochReport, Plan


def training(trains: Sequence[str], *, steps: int = 10, **plan: Any) -> Any:
    """One whose epochs train what is said, with a validation split."""
    return SimpleNamespace(
        fit=SimpleNamespace(
            plan=Plan(epochs=len(trains), **plan),
            policy=SimpleNamespace(what_trains=lambda epoch: trains[epoch]),
            steps_per_epoch=steps,
        ),
        session=SimpleNamespace(splits=SimpleNamespace(val=object())),
    )


def epoch(number: int, *, trained: str = "head", seconds: float = 4.0, **changes: Any) -> EpochReport:
    """The report of an epoch."""
    given: dict[str, Any] = {
        "epoch": number, "step": 10 * number, "phase": 0, "train_loss": 1.25, "best": False, "stopped": None,
        "figures": {"loss": 1.5, "accuracy": 0.75}, "lr": 1e-3, "examples_per_second": 120.0,
    }  # fmt: skip
    return EpochReport(**given | {"trained": trained, "seconds": seconds} | changes)
