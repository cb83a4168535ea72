"""A finished run at work: scoring a split, predicting what the command line names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ftcli.config.schema import Data
from ftcli.contracts import Example, Prediction, Split
from ftcli.data.splits import Splits, open_split, open_splits
from ftcli.data.splitting.selection import Asked, Selection
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError, RunError, UserError, counted, listing
from ftcli.runs.inference.predictor import Predictor
from ftcli.runs.scoring import Scores


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was scored, the figures, what the user should know of the examples, and which are left out, and why."""

    data: str
    scores: Scores
    notes: Sequence[str]
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """Examples with their predictions, which are made as they are asked for; notes; which are left out, and why.

    What is left out is known when all predictions are made: a file may look whole and not be. `examples` is how many
    predictions there are at most.
    """

    examples: int
    predictions: Iterator[tuple[Example, Prediction]]
    notes: Sequence[str]
    left_out: Sequence[str]


def evaluate_run(predictor: Predictor, data: str | None, bad_files: str | None = None) -> Evaluation:
    """Score `data`: val, test or train of the run, or a path to other labelled data. By default val, else test.

    `bad_files` is what to do about files that cannot be used, in place of the run's `data.bad_files`.
    """
    said = _as_asked(predictor, bad_files)
    name, split, notes = labelled(predictor, data, said)
    notes, left_out = (*notes, *predictor.task.notes(split)), list[str]()
    if isinstance(split, Asked):
        notes, left_out = (*split.notes, *notes), list(filter(None, [split.left_out]))
    try:
        scores = predictor.scores(split)
    except DataError:
        split, problems = _decodable(predictor, split)
        if said.bad_files == "fail" or not problems or not len(split):
            raise
        left_out += problems
        scores = predictor.scores(split)
    return Evaluation(name, scores, notes, left_out)


def predict_arguments(
    predictor: Predictor, arguments: Sequence[str], table: str | None, bad_files: str | None = None
) -> Work:
    """Predictions for what the arguments are (files, texts, ...), or for the rows of a table, in their order.

    `bad_files` is what to do about files that cannot be used, in place of the run's `data.bad_files`.
    """
    task_type, data = predictor.trained.task_type, _as_asked(predictor, bad_files)
    split = open_unlabelled(task_type.inputs, arguments, table, data, task_type.wants)
    notes = (*split.notes, *predictor.task.notes(split))
    left_out = list(filter(None, [split.left_out]))
    if data.bad_files == "fail":
        return Work(len(split), predictor.predictions(split), notes, left_out)
    return Work(len(split), _predicted(predictor, split, left_out), notes, left_out)


def _predicted(
    predictor: Predictor, split: Asked, left_out: list[str]
) -> Iterator[tuple[Example, Prediction]]:
    """The predictions of a split, without the examples that look whole and cannot be decoded: `left_out` gets these."""
    done = 0
    try:
        for pair in predictor.predictions(split):
            yield pair
            done += 1
    except DataError:
        rest, problems = _decodable(predictor, split.take(np.arange(done, len(split))))
        if not problems:
            raise
        left_out += problems
        if len(rest):
            yield from predictor.predictions(rest)


def _decodable(predictor: Predictor, split: Split) -> tuple[Selection, list[str]]:
    """The examples that can be read whole, and what is wrong with each of the others."""
    assert isinstance(split, Selection)
    kept, problems = list[int](), list[str]()
    for index in range(len(split)):
        try:
            predictor.task.encode(split[index])
            kept.append(index)
        except DataError as error:
            problems.append(str(error))
    return split.take(np.array(kept, dtype=np.int64)), problems


def _as_asked(predictor: Predictor, bad_files: str | None) -> Data:
    data = predictor.experiment.data
    return data if bad_files is None else replace(data, bad_files=bad_files)


def splits_of(predictor: Predictor, said: Data | None = None) -> Splits:
    """The run's own splits, as its experiment says, or `said` in its place. Raises `RunError` for other classes."""
    trained, experiment, known = predictor.trained, predictor.experiment, predictor.target
    splits = open_splits(
        said or experiment.data,
        inputs=trained.task_type.inputs,
        wants=trained.task_type.wants,
        seed=experiment.split_seed,
        places=experiment.places,
    )
    if splits.target.classes != known.classes:
        raise RunError(
            f"{trained.directory.path}: the data has changed since training: its classes are now "
            f"{listing(splits.target.classes)}; the model knows {listing(known.classes)}"
        )
    return splits


def labelled(predictor: Predictor, data: str | None, said: Data) -> tuple[str, Split, Sequence[str]]:
    """The split that is scored, its name, and notes on it. `said` is what the run says of its data."""
    trained, experiment, known = predictor.trained, predictor.experiment, predictor.target
    inputs, wants, places = trained.task_type.inputs, trained.task_type.wants, experiment.places
    if data is not None and data not in ("train", "val", "test"):
        split = open_split(said, data, inputs=inputs, wants=wants, target=known, places=places)
        return data, split, ()
    splits = splits_of(predictor, said)
    there = {name: split for name in ("val", "test", "train") if (split := getattr(splits, name)) is not None}
    name = data or next(iter(there))
    if name not in there:
        raise UserError(f"--data {name}: this run has no such split. It has: {listing(there)}")
    skipped = (
        f"left out: {counted(len(splits.skipped), 'example')} of this run's data (skipped.txt in the run)"
    )
    return name, there[name], (skipped,) if splits.skipped else ()
