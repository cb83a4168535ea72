"""A pass over examples whose outcomes are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ftcli.contracts import ExampleScores, Outcomes
from ftcli.runs.outcomes.scored_examples import ScoredExamples
from ftcli.runs.scoring import Scores, Seen


class Judge:
    """A task that knows the scores."""

    def __init__(self, scores: ExampleScores) -> None:
        self.scores = scores

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Any]) -> ExampleScores:
        return self.scores


def scored(scores: ExampleScores, order: Sequence[int] | None = None) -> ScoredExamples:
    """The examples of a pass that went through the split in an `order`; the id of each is its place in the split."""
    order = range(len(scores.score)) if order is None else order
    seen = Seen([f"id {index}" for index in order], Outcomes(), {}, np.argsort(order))
    made = ScoredExamples.of(Judge(scores), replace(Scores({}, [], len(order)), seen=seen))  # type: ignore[arg-type]
    assert made is not None
    return made


def right_or_wrong() -> ExampleScores:
    """Five examples: right, unsure and wrong, right, sure and wrong, wrong with no number for a probability."""
    return ExampleScores(
        [1.0, 0.0, 1.0, 0.0, 0.0],
        "right or wrong",
        true=["a", "b", "a", "=b", "a"],
        predicted=["a", "a", "a", "a", "=b"],
        probability=[0.7, 0.61234567, 0.8, 0.95, float("nan")],
        true_probability=[0.7, 0.3, 0.8, 0.05, float("nan")],
    )
