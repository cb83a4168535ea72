"""What the probe of a training will cost: the frozen network runs on a few examples, whose features are not kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from ftcli.runs.measuring.memory import DeviceMemory
from ftcli.runs.probing.features import missing_features, whole_features, why_none
from ftcli.runs.probing.probing import MOST_EXAMPLES, why_not_asked
from ftcli.runs.session import Session

# Examples of the two passes, by which what is done once is told from what is done for each example.
FEW, MANY = 4, 24


@dataclass(frozen=True, slots=True)
class ProbeCost:
    """Seconds of a probe but for its fit, which takes seconds at most; of an example; and the peak in bytes."""

    seconds: float
    example: float
    peak_bytes: int


def probe_cost(session: Session) -> ProbeCost | None:
    """The cost of the session's probe; None where there will be none. Features that are kept cost nothing."""
    if why_not_asked(session) is not None or why_none(session) is not None:
        return None
    train = session.splits.train
    memory = DeviceMemory(session.precision.device)
    memory.forget_peak()
    few, many = (min(count, len(train)) for count in (FEW, MANY))
    alone = _nothing_kept(session)
    # What is imported and compiled at first is no part of either.
    _, first, second = (_seconds(alone, count) for count in (few, few, many))
    # Where the machine was busy meanwhile, all of it counts for the examples.
    each = (second - first) / (many - few) if second > first and many > few else second / many
    missing = missing_features(session, train, min(len(train), MOST_EXAMPLES))
    return ProbeCost(max(0.0, first - few * each) + each * missing, each, memory.peak())


def _seconds(session: Session, count: int) -> float:
    train = session.splits.train
    begun = time.perf_counter()
    whole_features(session, train, indices=np.linspace(0, len(train) - 1, count).astype(int).tolist())
    return time.perf_counter() - begun


def _nothing_kept(session: Session) -> Session:
    data = session.experiment.data
    experiment = replace(session.experiment, data=replace(data, cache=replace(data.cache, keep="none")))
    return replace(session, experiment=experiment)
