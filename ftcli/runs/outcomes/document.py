"""outcomes.json: the figures of the scored split with their intervals, its classes, and its worst examples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ftcli.contracts import Interval, PairTable
from ftcli.metrics.figures import is_proportion, lower_is_better
from ftcli.metrics.intervals import proportion
from ftcli.runs.outcomes.scored_examples import ScoredExamples
from ftcli.runs.scoring import Scores

VERSION = 1
# Classes of a table that is written whole, and pairs of classes.
MOST_CLASSES, MOST_CONFUSED = 20, 20


def document(
    split: str,
    metric: str,
    scores: Scores,
    scored: ScoredExamples | None,
    errors: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What outcomes.json holds, but for the counts of the data. `errors` are in order, the worst first."""
    known = None if scored is None else scored.scores
    confusion = None if known is None else known.confusion
    return {
        "version": VERSION,
        "split": split,
        "examples": scores.examples,
        "metric": metric,
        "lower_is_better": lower_is_better(metric),
        "figures": figures(scores, {} if known is None else known.intervals),
        "classes": [row["class"] for row in scores.per_class],
        "per_class": [{name: _known(one) for name, one in row.items()} for row in scores.per_class],
        "confusion": confusion and shown(confusion),
        "confused": [] if confusion is None else confused(confusion),
        "score": known and known.meaning,
        "errors": list(errors),
    }


def figures(scores: Scores, intervals: Mapping[str, Interval]) -> dict[str, dict[str, Any]]:
    """Each figure as `value`, with `low`, `high` and `interval` where an interval is known; null for no number."""
    known = {
        name: proportion(value, scores.examples)
        for name, value in scores.figures.items()
        if is_proportion(name) and scores.examples
    }
    return {
        name: {
            "value": _known(value),
            **_bounds(known.get(name) or intervals.get(name)),
        }
        for name, value in scores.figures.items()
    }


def _known(value: float | str) -> float | str | None:
    """None for what is not a finite number, as JSON has none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _bounds(interval: Interval | None) -> dict[str, Any]:
    return (
        {} if interval is None else {"low": interval.low, "high": interval.high, "interval": interval.method}
    )


def shown(table: PairTable) -> dict[str, Any]:
    """The table of pairs; without its `counts` where they are too many to look at."""
    few = len(table.classes) <= MOST_CLASSES
    return {"classes": list(table.classes), "counts": table.counts.tolist() if few else None}


def confused(table: PairTable) -> list[dict[str, Any]]:
    """The wrong pairs of classes that are most frequent."""
    wrong = np.array(table.counts)
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong.reshape(-1), kind="stable")[:MOST_CONFUSED]
    pairs = [(*divmod(int(cell), len(table.classes)), int(wrong.reshape(-1)[cell])) for cell in order]
    return [
        {"true": table.classes[true], "predicted": table.classes[predicted], "count": count}
        for true, predicted, count in pairs
        if count
    ]
