"""The files of a run on its scored split: predictions.csv, errors.csv, confusion.csv, outcomes.json and pictures.

The tables hold texts as they are, but for an apostrophe where a spreadsheet would compute something; JSON holds the
exact ones.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.contracts import PairTable, Split, Task
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import RunError
from ftcli.runs.directory import RunDirectory
from ftcli.runs.outcomes.cells import Row, inert, inert_row, write_csv
from ftcli.runs.outcomes.document import document
from ftcli.runs.outcomes.scored_examples import ScoredExamples
from ftcli.runs.scoring import Scores
from ftcli.runs.session import Session
from ftcli.system import durable
from ftcli.tasks import TASKS

# Lines of errors.csv, and examples of outcomes.json.
MOST_ERRORS, MOST_SHOWN = 1000, 24


@dataclass(frozen=True, slots=True)
class ScoredSplit:
    """A split that was scored, by its name, and how many examples each split of the data has."""

    name: str
    split: Split
    scores: Scores
    data: Mapping[str, int]


def write_session_outcomes(directory: RunDirectory, session: Session, scores: Mapping[str, Scores]) -> None:
    """Write those of the test split, else of the validation split; nothing where neither is there."""
    splits, experiment = session.splits, session.experiment
    name = next((one for one in ("test", "val") if one in scores), None)
    if name is None:
        return
    sizes = {one: len(getattr(splits, one) or ()) for one in ("train", "val", "test")}
    given = ScoredSplit(name, getattr(splits, name), scores[name], sizes | {"skipped": len(splits.skipped)})
    # Without a validation split nothing is watched.
    usual = TASKS.load(experiment.task).figure or KINDS[splits.target.kind].figure
    metric = experiment.training.metric or usual
    write_outcomes(directory, session.task, metric, given)


def write_outcomes(directory: RunDirectory, task: Task, metric: str, given: ScoredSplit) -> None:
    """Write the files into the run; outcomes.json, which names the others, comes last. Raises `RunError`."""
    scored = ScoredExamples.of(task, given.scores)
    tables: dict[str, str] = {}
    errors: list[dict[str, Any]] = []
    if scored is not None:
        worst = scored.errors(MOST_ERRORS)
        tables = _tables(scored, worst)
        errors = [scored.row(index) | {"doubtful": scored.doubtful(index)} for index in worst[:MOST_SHOWN]]
    found = document(given.name, metric, given.scores, scored, errors) | {"data": dict(given.data)}
    try:
        directory.remove_outcomes()
        for name, text in tables.items():
            durable.write_text(directory.path / name, text)
        text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
        durable.write_text(directory.path / "outcomes.json", text + "\n")
    except OSError as error:
        raise RunError(f"{directory.path}: the outcomes cannot be written: {error}") from error


def _tables(scored: ScoredExamples, worst: Sequence[int]) -> dict[str, str]:
    """The CSV files by name."""
    tables = {
        "predictions.csv": _csv(scored.rows()),
        "errors.csv": _csv((scored.row(index) for index in worst), list(scored.row(0))),
    }
    if scored.scores.confusion is not None:
        tables["confusion.csv"] = _matrix(scored.scores.confusion)
    return tables


def _csv(rows: Iterable[Row], columns: Sequence[str] = ()) -> str:
    """A table; of no rows its `columns` alone."""
    text = io.StringIO()
    write_csv(text, map(inert_row, rows))
    return text.getvalue() or ",".join(columns) + "\n"


def _matrix(table: PairTable) -> str:
    """A line for each true class, a column for each predicted one; a class may be called as the first column is."""
    text, names = io.StringIO(), [inert(name) for name in table.classes]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["true", *names])
    writer.writerows([name, *counts] for name, counts in zip(names, table.counts.tolist(), strict=True))
    return text.getvalue()
