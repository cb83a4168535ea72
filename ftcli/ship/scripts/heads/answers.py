"""Scores of classes, or a number, as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def rows(scores: Mapping[str, float], names: Sequence[str], problem: str) -> list[dict[str, Any]]:
    """One row: a number; or the class, or all classes of at least one half, with the probability of each."""
    if problem == "regression":
        return [{"label": scores[names[0]]}]
    each = {f"p({name})": round(scores[name], 6) for name in names}
    if problem == "multi_label_classification":
        return [{"label": [name for name in names if scores[name] >= 0.5], **each}]
    best = max(names, key=lambda name: scores[name])
    return [{"label": best, "probability": round(scores[best], 6), **each}]
