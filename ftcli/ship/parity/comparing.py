"""Where what an export gives differs from what the run gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import ParityError, cut, listing
from ftcli.ship.parity.detections import (
    ROUNDED,
    Detections,
    compare_detections,
    detections_in,
    detections_of_rows,
)
from ftcli.ship.parity.outputs import Arrays

# The largest difference of an element of the outputs: absolute, or relative to the largest of its row where that is
# above 1. Where all rows are smaller it is relative to the largest of all, so that a network that has learned little
# hides no fault, down to what rounding may change.
OUTPUTS = 1e-4
SMALL = 1e-2
# The size from which an element counts by itself, so that the -3e38 of a masked class hides no other difference.
FAR = 1e6
# The same for numbers of predictions from raw inputs, whose files are decoded and resized anew.
NUMBERS = 1e-3
# The last place of a probability as it is written.
WRITTEN = 1.5e-6

Row = Mapping[str, Any]


def compare_outputs(ids: Sequence[str], wanted: Arrays, found: Arrays, what: str = "") -> float:
    """The largest difference of any element, as `OUTPUTS` measures it. Raises `ParityError` for one that is too large.

    The first axis of an array is that of the examples `ids`, where it is as long; `what` is said of the batch. The
    detections of an example are compared as a set.
    """
    if wanted.keys() != found.keys():
        raise ParityError(f"outputs {listing(found)} in place of {listing(wanted)}{what}")
    detections, others = detections_in(wanted), detections_in(found)
    of_sets = {f"{start}.{name}" for start in detections for name in Detections._fields}
    largest = [
        compare_detections(f"row {_row_of(ids, start)}{what}", one, others[start], OUTPUTS)[0]
        for start, one in detections.items()
    ]
    names = [name for name in wanted if name not in of_sets]
    largest += [_compare_array(ids, name, wanted[name], found[name], what) for name in names]
    return max(largest, default=0.0)


def _row_of(ids: Sequence[str], start: str) -> str:
    """The example whose detections have names that begin so: "detections.0"."""
    place = start.rpartition(".")[2]
    return ids[int(place)] if place.isdecimal() and int(place) < len(ids) else start


def _compare_array(
    ids: Sequence[str], name: str, wanted: NDArray[Any], found: NDArray[Any], what: str
) -> float:
    if wanted.shape != found.shape:
        raise ParityError(f"{name}: shape {found.shape} in place of {wanted.shape}{what}")
    rows = ids if wanted.ndim and len(wanted) == len(ids) else [ids[0]]
    first, second = (one.reshape(len(rows), -1).astype(np.float64) for one in (wanted, found))
    if first.size == 0:
        return 0.0
    with np.errstate(invalid="ignore"):
        distance = np.where(
            (first == second) | (np.isnan(first) & np.isnan(second)), 0.0, np.abs(first - second)
        )
    empty = np.isnan(first).all(axis=1)
    if empty.any():
        raise ParityError(
            f"row {rows[int(empty.argmax())]}: {name} of the run itself has no number, so nothing is compared"
        )
    distance = np.nan_to_num(distance, nan=np.inf)
    sizes = np.abs(np.where(np.isfinite(first), first, 0.0))
    largest = np.where(sizes < FAR, sizes, 0.0).max(axis=1, keepdims=True)
    usual = min(1.0, max(SMALL, float(largest.max())))
    relative = distance / np.maximum(usual, np.where(sizes < FAR, largest, sizes))
    worst = int(relative.max(axis=1).argmax())
    at = int(relative[worst].argmax())
    if relative[worst, at] > OUTPUTS:
        far = f"{distance[worst, at]:.3g}, and {OUTPUTS * usual:.2g} is allowed"
        raise ParityError(f"row {rows[worst]}: {name} differs by {far}{what}")
    return float(relative[worst, at])


def compare_rows(id_: str, wanted: Sequence[Row], found: Sequence[Row], least: float = 0.0) -> bool:
    """Whether the answers to an example are the same; False for others where both are nearly as likely.

    Rows of boxes are a set; `least` is the probability from which on a box is predicted. Raises `ParityError` for a
    difference.
    """
    first, second = detections_of_rows(wanted), detections_of_rows(found)
    if first is not None and second is not None and list(wanted[0]) == list(found[0]):
        return compare_detections(f"row {id_}", first, second, NUMBERS, least, ROUNDED)[1]
    if len(wanted) != len(found):
        raise ParityError(f"row {id_}: predict gives {len(found)} rows in place of {len(wanted)}")
    same = [_compare_row(id_, one, other) for one, other in zip(wanted, found, strict=True)]
    return all(same)


def _compare_row(id_: str, wanted: Row, found: Row) -> bool:
    if list(wanted) != list(found):
        raise ParityError(f"row {id_}: predict gives {listing(found)} in place of {listing(wanted)}")
    for name, value in wanted.items():
        if _is_number(value) and not _near(value, found[name]):
            raise ParityError(f"row {id_}: {name} is {found[name]} in place of {value}")
    others = [
        name for name, value in wanted.items() if not _is_number(value) and not _same(value, found[name])
    ]
    if not others:
        return True
    if not undecided(wanted) or _denied(found):
        name = others[0]
        raise ParityError(f"row {id_}: {name} is {cut(found[name])} in place of {cut(wanted[name])}")
    return _tied(wanted)


def _tied(row: Row) -> bool:
    """Whether the two best scores are equal as they are written: either label is the answer."""
    best = sorted(value for name, value in row.items() if name.startswith("p("))[-2:]
    return "probability" in row and len(best) == 2 and bool(best[1] - best[0] <= WRITTEN)


def _denied(row: Row) -> bool:
    """Whether a row has one label, and its own probabilities say another."""
    scores = {name: value for name, value in row.items() if name.startswith("p(")}
    mine = scores.get(f"p({row.get('label')})")
    return mine is not None and bool(mine < max(scores.values()))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _near(wanted: float, found: Any) -> bool:
    return _is_number(found) and bool(abs(found - wanted) <= NUMBERS * max(1.0, abs(wanted)))


def _same(wanted: Any, found: Any) -> bool:
    """Whether values that are not numbers are equal; of arrays of integers all but a share, of others all are near."""
    if not isinstance(wanted, np.ndarray):
        return bool((list(wanted) if isinstance(wanted, tuple) else wanted) == found)
    if not isinstance(found, np.ndarray) or wanted.shape != found.shape:
        return False
    if wanted.dtype.kind in "iub":
        return bool((wanted != found).mean() <= NUMBERS)
    return bool(np.allclose(wanted, found, rtol=NUMBERS, atol=NUMBERS))


def undecided(row: Row) -> bool:
    """Whether another answer is as likely: the two best scores are near, or one of many classes is at a half.

    Of a row with one probability, a half is the most that an answer can have beside another that is as likely.
    """
    scores = [value for name, value in row.items() if name.startswith("p(")]
    if len(scores) > 1 and "probability" in row:
        best = sorted(scores)[-2:]
        return bool(best[1] - best[0] <= NUMBERS)
    if scores:
        return any(abs(score - 0.5) <= NUMBERS for score in scores)
    return row.get("probability") is not None and row["probability"] <= 0.5 + NUMBERS
