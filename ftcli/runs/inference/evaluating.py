"""A finished run at work: scoring a split, predicting what the command line names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ftcli.contracts import Example, Prediction, Split
from ftcli.data.splits import open_split, open_splits
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import RunError, UserError, listing
from ftcli.runs.inference.predictor import Predictor
from ftcli.runs.scoring import Scores


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was scored, the figures, and what the user should know of the examples."""

    data: str
    scores: Scores
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Work:
    """Examples with their predictions, which are made as they are asked for; and what the user should know."""

    predictions: Iterator[tuple[Example, Prediction]]
    notes: Sequence[str]


def evaluate_run(predictor: Predictor, data: str | None) -> Evaluation:
    """Score `data`: val, test or train of the run, or a path to other labelled data. By default val, else test."""
    name, split, notes = _labelled(predictor, data)
    return Evaluation(name, predictor.scores(split), (*notes, *predictor.task.notes(split)))


def predict_arguments(predictor: Predictor, arguments: Sequence[str], table: str | None) -> Work:
    """Predictions for what the arguments are (files, texts, ...), or for the rows of a table, in their order."""
    task_type, data = predictor.trained.task_type, predictor.experiment.data
    split = open_unlabelled(task_type.inputs, arguments, table, data, task_type.wants)
    return Work(predictor.predictions(split), (*split.notes, *predictor.task.notes(split)))


def _labelled(predictor: Predictor, data: str | None) -> tuple[str, Split, Sequence[str]]:
    """The split that is scored, its name, and notes on it."""
    trained, experiment, known = predictor.trained, predictor.experiment, predictor.target
    inputs, wants, places = trained.task_type.inputs, trained.task_type.wants, experiment.places
    if data is not None and data not in ("train", "val", "test"):
        split = open_split(experiment.data, data, inputs=inputs, wants=wants, target=known, places=places)
        return data, split, split.notes
    seed = experiment.training.seed
    splits = open_splits(experiment.data, inputs=inputs, wants=wants, seed=seed, places=places)
    if splits.target.classes != known.classes:
        raise RunError(
            f"{trained.directory.path}: the data has changed since training: its classes are now "
            f"{listing(splits.target.classes)}; the model knows {listing(known.classes)}"
        )
    there = {name: split for name in ("val", "test", "train") if (split := getattr(splits, name)) is not None}
    name = data or next(iter(there))
    if name not in there:
        raise UserError(f"--data {name}: this run has no such split. It has: {listing(there)}")
    skipped = f"{len(splits.skipped):,} examples of this run's data are left out (skipped.txt in the run)"
    return name, there[name], (skipped,) if splits.skipped else ()
