"""A finished run at work: scoring a split, predicting new examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from ftcli.config.schema import Experiment
from ftcli.contracts import Example, Prediction, Split, Task
from ftcli.data.splits import open_split, open_splits, open_unlabelled
from ftcli.errors import RunError, UserError, listing
from ftcli.loading.batch_sampler import restore
from ftcli.models.load import rebuild_backbone
from ftcli.models.pretrained.weights import fit_weights
from ftcli.runs.caching import Caching
from ftcli.runs.checkpoints import retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_run_experiment
from ftcli.runs.scoring import Scores, score
from ftcli.runs.session import build_caching, build_task
from ftcli.tasks import TASKS
from ftcli.training.evaluate import predict
from ftcli.training.hardware import channels_last, suit
from ftcli.training.precision import Precision, choose_device, choose_precision


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model, rebuilt from its run directory alone."""

    directory: RunDirectory
    checkpoint: Path
    experiment: Experiment
    task: Task
    model: nn.Module
    precision: Precision
    caching: Caching


def open_trained(path: Path, *, device: str | None = None) -> Trained:
    """The model of a run (its best checkpoint) or of one checkpoint. Raises `RunError` if it is neither."""
    directory, folder = _locate(path)
    experiment = load_run_experiment(directory)
    where = "training.device" if device is None else "--device"
    chosen, _ = choose_device(device or experiment.training.device, where)
    precision, _ = choose_precision(experiment.training.precision, chosen)
    suit(chosen)
    backbone = rebuild_backbone(experiment.model.backbone, directory.model)
    task = build_task(experiment, TASKS.load(experiment.task), directory.target(), backbone)
    model = task.attach(backbone)
    fit_weights(model, storage.load(folder, training=False).weights, folder)
    model = channels_last(model.to(chosen))
    _, caching = build_caching(experiment, task, backbone, model, precision)
    return Trained(directory, folder, experiment, task, model, precision, caching)


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


def evaluate_trained(trained: Trained, data: str | None) -> Evaluation:
    """Score `data`: val, test or train of the run, or a path to other labelled data. By default val, else test."""
    name, split, notes = _labelled(trained, data)
    batches = trained.caching.scored(split)
    scores = score(trained.model, trained.task, batches, trained.precision)
    return Evaluation(name, scores, (*notes, *trained.task.notes(split)))


def predict_arguments(trained: Trained, arguments: Sequence[str], table: str | None) -> Work:
    """Predictions for what the arguments are (files, texts, ...), or for the rows of a table, in their order."""
    task_class = TASKS.load(trained.experiment.task)
    options = (trained.experiment.data, task_class.wants)
    split = open_unlabelled(task_class.inputs, arguments, table, *options)
    batches = trained.caching.scored(split, keep=False)
    predictions = predict(trained.model, trained.task, batches.epoch(0), trained.precision)
    ordered = restore(batches.order.indices(0).tolist(), predictions)
    made = ((split[index], prediction) for index, prediction in enumerate(ordered))
    return Work(made, trained.task.notes(split))


def _locate(path: Path) -> tuple[RunDirectory, Path]:
    if (path / storage.STATE).is_file():
        return RunDirectory.existing(path.absolute().parent.parent), path
    directory = RunDirectory.existing(path)
    return directory, retention.best(directory.checkpoints)


def _labelled(trained: Trained, data: str | None) -> tuple[str, Split, Sequence[str]]:
    experiment, task_class = trained.experiment, TASKS.load(trained.experiment.task)
    options = {"inputs": task_class.inputs, "wants": task_class.wants, "places": experiment.places}
    if data is not None and data not in ("train", "val", "test"):
        return data, open_split(experiment.data, data, target=trained.task.target, **options), ()
    splits = open_splits(experiment.data, seed=experiment.training.seed, **options)
    if splits.target.classes != trained.task.target.classes:
        raise RunError(
            f"{trained.directory.path}: the data has changed since training: its classes are now "
            f"{listing(splits.target.classes)}; the model knows {listing(trained.task.target.classes)}"
        )
    there = {name: split for name in ("val", "test", "train") if (split := getattr(splits, name)) is not None}
    name = data or next(iter(there))
    if name not in there:
        raise UserError(f"--data {name}: this run has no such split. It has: {listing(there)}")
    skipped = f"{len(splits.skipped):,} files of this run's data cannot be used and are left out"
    return name, there[name], (skipped,) if splits.skipped else ()
