"""The files of a run on its scored split: predictions.csv, errors.csv, confusion.csv, outcomes.json and pictures.

The tables hold texts as they are, but for an apostrophe where a spreadsheet would compute something; JSON holds the
exact ones.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.config.schema import Experiment
from ftcli.contracts import PairTable, Prediction, Split, Task
from ftcli.data.splits import Splits
from ftcli.errors import RunError
from ftcli.runs.assembly import watched_figure
from ftcli.runs.directory import RunDirectory
from ftcli.runs.outcomes.cells import inert, write_lines
from ftcli.runs.outcomes.document import document
from ftcli.runs.outcomes.pictures import picture, text
from ftcli.runs.outcomes.scored_examples import COLUMNS, ScoredExamples
from ftcli.runs.scoring import Scores
from ftcli.system import durable

# Lines of errors.csv.
MOST_ERRORS = 1000


@dataclass(frozen=True, slots=True)
class ScoredSplit:
    """A split that was scored, by its name, and how many examples each split of the data has."""

    name: str
    split: Split
    scores: Scores
    data: Mapping[str, int]

    @classmethod
    def of(cls, splits: Splits, name: str, scores: Scores) -> ScoredSplit:
        """That of all splits which is called `name`."""
        sizes = {one: len(getattr(splits, one) or ()) for one in ("train", "val", "test")}
        return cls(name, getattr(splits, name), scores, {**sizes, "skipped": len(splits.skipped)})


def write_outcomes(
    directory: RunDirectory,
    experiment: Experiment,
    task: Task,
    given: ScoredSplit,
    scored: ScoredExamples | None,
    drawn: Mapping[int, Prediction],
) -> None:
    """Write the files into the run; outcomes.json, which names the others, comes last.

    `drawn` are predictions for the pictures of the worst examples. Raises `RunError` where it cannot be written.
    """
    metric = watched_figure(experiment, task.target)
    try:
        directory.remove_outcomes()
        errors: list[dict[str, Any]] = []
        if scored is not None:
            for name, table in _tables(scored).items():
                durable.write_text(directory.path / name, table)
            errors = _write_errors(directory, task, given.split, scored, drawn)
        found = document(given.name, metric, given.scores, scored, errors) | {"data": dict(given.data)}
        whole = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
        durable.write_text(directory.path / "outcomes.json", whole + "\n")
    except OSError as error:
        raise RunError(f"{directory.path}: the outcomes cannot be written: {error}") from error


def _write_errors(
    directory: RunDirectory,
    task: Task,
    split: Split,
    scored: ScoredExamples,
    drawn: Mapping[int, Prediction],
) -> list[dict[str, Any]]:
    """Write pictures of the worst examples; gives what outcomes.json says of each."""
    errors, folder = [], directory.path / "errors"
    for number, row in enumerate(scored.worst(), start=1):
        example = split[row]
        name, content = f"errors/{number:03d}.jpg", picture(task, example, drawn.get(row))
        if content is not None:
            folder.mkdir(exist_ok=True)
            # Without waiting for the disk: nothing depends on it.
            (directory.path / name).write_bytes(content)
        shown = {"picture": name if content is not None else None, "text": text(task, example)}
        errors.append({**scored.row(row), "doubtful": scored.doubtful(row), **shown})
    return errors


def _tables(scored: ScoredExamples) -> dict[str, str]:
    """The CSV files by name."""
    worst = scored.errors(MOST_ERRORS)
    header = ("row", "id", *COLUMNS)
    tables = {
        "predictions.csv": _csv([header, *scored.lines()]),
        "errors.csv": _csv([header, *scored.lines(worst)]),
    }
    if scored.scores.confusion is not None:
        tables["confusion.csv"] = _csv(_matrix(scored.scores.confusion))
    return tables


def _matrix(table: PairTable) -> list[Sequence[Any]]:
    """A line for each true class, a column for each predicted one; a class may be called as the first column is."""
    names = [inert(name) for name in table.classes]
    rows = zip(names, table.counts.tolist(), strict=True)
    return [("true", *names), *((name, *counts) for name, counts in rows)]


def _csv(lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    write_lines(text, lines)
    return text.getvalue()
