"""Rows of a study with made-up figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.studies.recommend.ranking.records import Evidence, Facts, Raced
from ftcli.studies.recommend.ranking.rows import Row


def facts(train: float = 10.0, **others: Any) -> Facts:
    """What a candidate costs."""
    known = {"parameters": 1000, "latency": 0.01, "forward": 0.005, "encode": 0.001, "source": "bert"}
    return Facts(**{**known, "megabytes": 0.004, "train": train, **others})


def evidence(right: Sequence[float], **others: Any) -> Evidence:
    """An accuracy, by the examples that are right."""
    scores = np.asarray(right, dtype=float)
    error = 1.96 * float(scores.std(ddof=1)) / len(scores) ** 0.5
    value = float(scores.mean())
    known = {"log_evidence": value, "log_loss": 1 - value, "nearest": value}
    return Evidence("accuracy", value, error, tuple(scores.tolist()), **{**known, **others})


def share(right: int, of: int = 100, *, first: int = 0) -> list[float]:
    """So many examples that are right, of which the first is `first`."""
    return [float(first <= i < first + right) for i in range(of)]


def row(name: str, right: Sequence[float] | None, train: float = 10.0, **others: Any) -> Row:
    """A candidate with evidence."""
    candidate = Candidate(name, control=others.pop("control", False))
    found = None if right is None else evidence(right)
    return Row(candidate, name, name, others.pop("facts", facts(train)), found, **others)


def raced(right: Sequence[float], seconds: float, share: float = 1.0) -> dict[float, Raced]:
    """How far a race came."""
    scores = tuple(float(one) for one in right)
    return {share: Raced("accuracy", float(np.mean(scores)), share, seconds, scores)}
