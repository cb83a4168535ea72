"""predictions.csv: what a run says of each example that it has scored; two of them side by side."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ftcli.report.files import read_text
from ftcli.system.bounded import UnreadableError

NAME = "predictions.csv"
LARGEST = 64 << 20
_COLUMNS = ("id", "true", "predicted", "score")


@dataclass(frozen=True, slots=True)
class Predicted:
    """One row: `example` is its id and what is true of it."""

    example: tuple[str, str]
    predicted: str
    score: float


def read_predictions(directory: Path) -> list[Predicted]:
    """The rows of the file. Raises `UnreadableError`."""
    where = f"{NAME} of {directory.name}"
    try:
        content = read_text(directory / NAME, LARGEST)
        # A text may be as long as the file; the usual limit is for files that are not limited otherwise.
        csv.field_size_limit(LARGEST)
        reader = csv.DictReader(io.StringIO(content, newline=""))
        if missing := set(_COLUMNS) - set(reader.fieldnames or ()):
            raise UnreadableError(f"{where} has no column {', '.join(sorted(missing))}")
        rows = [Predicted((row["id"], row["true"]), row["predicted"], float(row["score"])) for row in reader]
    except FileNotFoundError:
        raise UnreadableError(f"{where} is missing") from None
    except UnreadableError:
        raise
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise UnreadableError(f"{where} cannot be read: {error}") from error
    if not rows or not all(math.isfinite(row.score) for row in rows):
        raise UnreadableError(f"{where} has examples without a score" if rows else f"{where} has no examples")
    return rows


def aligned(
    one: Sequence[Predicted], other: Sequence[Predicted]
) -> tuple[Sequence[Predicted], Sequence[Predicted]]:
    """Both in the order of the first. Raises `UnreadableError` where they are not of the same examples."""
    if [row.example for row in one] == [row.example for row in other]:
        return one, other
    by_example, wanted = {row.example: row for row in other}, {row.example for row in one}
    if len(by_example) == len(other) == len(one) == len(wanted) and wanted == by_example.keys():
        return one, [by_example[row.example] for row in one]
    true, theirs = dict(row.example for row in one), dict(row.example for row in other)
    relabelled = sum(id_ in theirs and theirs[id_] != label for id_, label in true.items())
    both = len(true.keys() & theirs.keys())
    if relabelled:
        raise UnreadableError(f"the same examples have other labels: {relabelled:,} of {both:,}")
    raise UnreadableError(
        f"they have scored different examples: {len(one):,} and {len(other):,}, of which {both:,} are in both"
    )
