"""The examples of a scored split in its order: what is true and predicted, and which are the worst."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.contracts import ExampleScores, TaskScorer
from ftcli.loading.batch_sampler import Indices
from ftcli.runs.outcomes.cells import Row
from ftcli.runs.scoring import Scores

COLUMNS = ("true", "predicted", "probability", "true_probability", "score")
# A model that is as sure as this and disagrees may be right, and the label wrong.
SURE = 0.9
DIGITS = 6
# Examples that are shown with what they are.
MOST_SHOWN = 24


@dataclass(frozen=True, slots=True)
class ScoredExamples:
    """The examples in the order of the pass. `places` says where each example of the split is in it."""

    ids: Sequence[str]
    scores: ExampleScores
    places: Indices

    @classmethod
    def of(cls, task: TaskScorer, scores: Scores) -> ScoredExamples | None:
        """Those that `scores` come from; None where there are none, or batches do not hold them one by one."""
        seen = scores.seen
        if seen is None:
            return None
        return cls(seen.ids, task.example_scores(seen.outcomes, seen.metrics), seen.places)

    def row(self, index: int) -> dict[str, Any]:
        """The example `index` of the split as a row: exact texts, and rounded numbers; None where there is nothing."""
        place = self.places[index]
        columns = {name: _at(getattr(self.scores, name), place) for name in COLUMNS}
        return {"row": index, "id": self.ids[place], **columns}

    def rows(self) -> Iterator[Row]:
        """Those of all examples."""
        return (self.row(index) for index in range(len(self.places)))

    def errors(self, most: int) -> list[int]:
        """The examples whose score is less than perfect, the worst first: by score, then by what is least likely."""
        perfect, scores = self.scores.perfect, self.scores.score
        wrong = [index for index, place in enumerate(self.places) if not scores[place] >= perfect]
        return sorted(wrong, key=self._badness)[:most]

    def worst(self) -> list[int]:
        """Those of the errors that are shown."""
        return self.errors(MOST_SHOWN)

    def _badness(self, index: int) -> tuple[float, float]:
        place = self.places[index]
        chances = self.scores.true_probability
        return tuple(_or_worst(one[place]) if len(one) else 0.0 for one in (self.scores.score, chances))  # type: ignore[return-value]

    def doubtful(self, index: int) -> bool:
        """Whether the model is sure of another answer than the true one."""
        row = self.row(index)
        return (row["probability"] or 0.0) >= SURE and row["score"] == 0.0


def _at(column: Sequence[Any], place: int) -> Any:
    if not len(column):
        return None
    value = column[place]
    if not isinstance(value, float):
        return value
    return round(value, DIGITS) if math.isfinite(value) else None


def _or_worst(value: float) -> float:
    return -math.inf if math.isnan(value) else value
