"""What is published of a candidate, beside what its features show: its accuracy, else its size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.models.catalogue import entries
from ftcli.models.request import TORCHVISION
from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.studies.recommend.ranking.records import Facts

# As torchvision names weights: IMAGENET1K_V2.
_NAME = re.compile(r"[A-Z0-9_]+")
_PUBLISHED = ("ImageNet-1K", "acc@1", "% ImageNet top-1")


@dataclass(frozen=True, slots=True)
class Published:
    """A figure and what it measures."""

    value: float
    measure: str


@dataclass(frozen=True, slots=True)
class Prior:
    """A value for each candidate, larger is better, of one measure in `words`; `comparable` where they have one."""

    values: tuple[Any, ...]
    words: str
    comparable: bool


def prior(candidates: Sequence[Candidate], facts: Sequence[Facts]) -> Prior:
    """What is known of the candidates before their features are looked at.

    Published accuracies count where all candidates have one of the same measure, else the numbers of parameters, where
    all are of one source. The same network for larger images is expected to be better.
    """
    figures = [published(one) for one in candidates]
    sizes = [one.image_size or 0 for one in facts]
    measures = {figure.measure for figure in figures if figure is not None}
    if len(measures) == 1 and None not in figures:
        rated = [
            (figure.value, size) for figure, size in zip(figures, sizes, strict=True) if figure is not None
        ]
        return Prior(tuple(rated), next(iter(measures)), comparable=True)
    values = tuple((one.parameters, size) for one, size in zip(facts, sizes, strict=True))
    if len({one.source for one in facts}) == 1:
        return Prior(values, "number of parameters", comparable=True)
    return Prior(values, "none: what is published of these networks is not of one measure", comparable=False)


def published(candidate: Candidate) -> Published | None:
    """The accuracy that was published with a candidate's weights; None where there is none, or they are others."""
    entry = next((one for one in entries() if one.name == candidate.backbone), None)
    if entry is None or candidate.control:
        return None
    if candidate.weights in (None, "imagenet"):
        known = entry.accuracy is not None and entry.measure is not None
        return Published(entry.accuracy or 0.0, entry.measure or "") if known else None
    return _of_torchvision(entry.name, candidate.weights or "")


def _of_torchvision(name: str, weights: str) -> Published | None:
    """That of weights which torchvision has a name for. It is imported for nothing else."""
    if not name.startswith(TORCHVISION) or not _NAME.fullmatch(weights):
        return None
    from torchvision import models

    members: Any = models.get_model_weights(name.removeprefix(TORCHVISION))
    member = next((one for one in members if one.name == weights), None)
    data, figure, measure = _PUBLISHED
    value = member.meta.get("_metrics", {}).get(data, {}).get(figure) if member is not None else None
    return None if value is None else Published(float(value), measure)
