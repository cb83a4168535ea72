"""Detections of an image, compared as a set: which of two that are as likely comes first is arbitrary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import ParityError
from ftcli.models.detection.detector import LEAST_SCORE, MOST_DETECTIONS
from ftcli.ship.parity.outputs import Arrays
from ftcli.tasks.targets.boxes import SIDES

# The largest share of an image's detections that may be in one of two sets alone, as they are at the cut, but for one.
# Were it more, a network whose scores are all nearly equal would pass whatever its boxes are.
AT_THE_CUT = 0.1
# Sides in rows are rounded to hundredths of a pixel, so near ones may be a hundredth apart.
ROUNDED = 0.011


class Detections(NamedTuple):
    """Of an image `boxes` (N, 4), `labels` (N,), numbers or names, and `scores` (N,), the best first."""

    boxes: NDArray[Any]
    labels: NDArray[Any]
    scores: NDArray[Any]

    def words(self, index: int) -> str:
        """One of them, for a message."""
        sides = ", ".join(f"{side:.2f}" for side in self.boxes[index].tolist())
        return f"box ({sides}) of class {self.labels[index]} with score {self.scores[index]:.6g}"

    def at(self, chosen: NDArray[Any]) -> Detections:
        """Some of them."""
        return Detections(*(one[chosen] for one in self))


@dataclass(frozen=True, slots=True)
class Match:
    """Which detections are the same: `wanted[one[i]]` and `found[other[i]]`, and which have no other."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    missing: Sequence[int]
    added: Sequence[int]


def detections_in(arrays: Arrays) -> dict[str, Detections]:
    """The detections among outputs by the start of their names: "detections.0" for "detections.0.boxes" and so on."""
    starts = [name.removesuffix(".boxes") for name in arrays if name.endswith(".boxes")]
    names = {start: [f"{start}.{part}" for part in Detections._fields] for start in starts}
    return {
        start: Detections(*(arrays[name] for name in parts))
        for start, parts in names.items()
        if all(name in arrays for name in parts)
    }


def detections_of_rows(rows: Sequence[Mapping[str, Any]]) -> Detections | None:
    """The detections that the rows of an answer are; None for rows of other kinds."""
    if not rows or any(not {"label", "probability", *SIDES} <= row.keys() for row in rows):
        return None
    # An image without any has one row of nothing.
    full = [row for row in rows if row["label"] is not None]
    boxes = np.array([[row[side] for side in SIDES] for row in full], dtype=np.float64).reshape(-1, 4)
    labels = np.array([row["label"] for row in full], dtype=object)
    return Detections(boxes, labels, np.array([row["probability"] for row in full], dtype=np.float64))


def compare_detections(
    where: str,
    wanted: Detections,
    found: Detections,
    tolerance: float,
    least: float = LEAST_SCORE,
    rounded: float = 0.0,
) -> tuple[float, bool]:
    """The largest difference of those that are the same, and whether all are. Raises `ParityError` for others.

    Labels are equal, scores differ by at most `tolerance`, and sides by at most `tolerance` of the largest of the image
    or `rounded`. A detection may be in one set alone where its score is as near to the cut: to `least`, or, where an
    image has as many detections as it can have, to the lowest score.
    """
    _check_order(where, found, tolerance)
    scale = max(1.0, float(np.abs(wanted.boxes).max(initial=0.0)))
    allowed = max(tolerance * scale, rounded)
    match = matched(wanted, found, allowed, tolerance)
    for these, others, alone, what in (
        (wanted, found, match.missing, "is missing"),
        (found, wanted, match.added, "is one too many"),
    ):
        _check_alone(where, these, others, alone, tolerance, least, what)
    one, other = wanted.at(match.one), found.at(match.other)
    sides = float(np.abs(one.boxes - other.boxes).max(initial=0.0)) / scale
    scores = float(np.abs(one.scores - other.scores).max(initial=0.0))
    return max(sides, scores), not (match.missing or match.added)


def matched(wanted: Detections, found: Detections, sides: float, score: float) -> Match:
    """The detections that are the same, the nearest first: sides and scores differ by no more than is allowed."""
    # In float64, as differences of float32 are rounded.
    first, second = (one.boxes.astype(np.float64) for one in (wanted, found))
    scores, others = (one.scores.astype(np.float64) for one in (wanted, found))
    distance = np.abs(first[:, None] - second[None]).max(axis=2, initial=0.0) / sides
    distance = np.maximum(distance, np.abs(scores[:, None] - others[None]) / score)
    # What is not a number is near to nothing.
    near = (distance <= 1) & (wanted.labels[:, None] == found.labels[None])
    rows, columns = np.nonzero(near)
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for index in np.argsort(distance[rows, columns], kind="stable").tolist():
        row, column = int(rows[index]), int(columns[index])
        if row not in pairs and column not in taken:
            pairs[row] = column
            taken.add(column)
    ordered = sorted(pairs.items())
    return Match(
        np.array([row for row, _ in ordered], dtype=np.int64),
        np.array([column for _, column in ordered], dtype=np.int64),
        [row for row in range(len(scores)) if row not in pairs],
        [column for column in range(len(others)) if column not in taken],
    )


def settled(wanted: Arrays, found: Arrays, tolerance: float) -> Arrays:
    """`found`, whose detections have the order and the scores of those in `wanted` that are the same.

    Where a figure of `wanted` and `found` is not the same, but that of these is, the order alone makes the difference.
    """
    made = dict(found)
    others = detections_in(found)
    for start, one in detections_in(wanted).items():
        scale = max(1.0, float(np.abs(one.boxes).max(initial=0.0)))
        match = matched(one, others[start], tolerance * scale, tolerance)
        same = others[start].at(match.other)._replace(scores=one.scores[match.one])
        # At the cut are those that one of the sets has alone: they are as much of a figure as the others.
        alone = one.at(np.array(match.missing, dtype=np.int64))
        joined = (np.concatenate(parts) for parts in zip(same, alone, strict=True))
        made |= {f"{start}.{name}": value for name, value in zip(Detections._fields, joined, strict=True)}
    return made


def _check_order(where: str, found: Detections, tolerance: float) -> None:
    """Raise `ParityError` where a detection comes before a likelier one."""
    rises = np.diff(found.scores.astype(np.float64)) > tolerance
    if rises.any():
        raise ParityError(f"{where}: {found.words(int(rises.argmax()) + 1)} comes after a less likely one")


def _check_alone(
    where: str,
    these: Detections,
    others: Detections,
    alone: Sequence[int],
    tolerance: float,
    least: float,
    what: str,
) -> None:
    """Raise `ParityError` where one of `these`, of which there is none in `others`, is not at the cut of those."""
    full = len(others.scores) >= MOST_DETECTIONS
    cut = max(least, float(others.scores.min())) if full else least
    for index in alone:
        # Also what is not a number.
        if not these.scores[index] <= cut + tolerance:
            raise ParityError(f"{where}: {these.words(index)} {what}{_nearest(these, others, index)}")
    if len(alone) > 1 + AT_THE_CUT * len(these.scores):
        raise ParityError(
            f"{where}: {len(alone)} of {len(these.scores)} boxes are not the same: their scores are so near to the "
            f"cut, {cut:.4g}, that which are found is arbitrary. The network has learned too little to be compared"
        )


def _nearest(these: Detections, others: Detections, index: int) -> str:
    """What is found in place of a detection."""
    if not len(others.boxes):
        return ""
    distance = np.abs(others.boxes - these.boxes[index]).max(axis=1)
    return f"; the nearest is {others.words(int(np.nan_to_num(distance, nan=np.inf).argmin()))}"
