"""The examples of a scored split in its order: what is true and predicted, and which are the worst."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.contracts import ExampleScores, TaskScorer
from ftcli.loading.batch_sampler import Indices
from ftcli.runs.outcomes.cells import inert
from ftcli.runs.scoring import Scores

# Of a row, behind the number and the id of the example.
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

    def lines(self, rows: Sequence[int] | None = None) -> Iterator[Sequence[Any]]:
        """Cells under the names of a row, for some of the examples or all: inert, and "" where there is nothing."""
        rows = range(len(self.places)) if rows is None else rows
        places = [int(self.places[index]) for index in rows]
        columns = [_cells(getattr(self.scores, name), places) for name in COLUMNS]
        return zip(rows, _cells(self.ids, places), *columns, strict=True)

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


def _cells(column: Sequence[Any], places: Sequence[int]) -> list[Any]:
    if not len(column):
        return [""] * len(places)
    values = [column[place] for place in places]
    if values and isinstance(values[0], float):
        return [round(value, DIGITS) if math.isfinite(value) else "" for value in values]
    return [inert(value) for value in values]


def _at(column: Sequence[Any], place: int) -> Any:
    if not len(column):
        return None
    value = column[place]
    if not isinstance(value, float):
        return value
    return round(value, DIGITS) if math.isfinite(value) else None


def _or_worst(value: float) -> float:
    return -math.inf if math.isnan(value) else value
