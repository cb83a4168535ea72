"""A trained model, rebuilt from its run directory alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftcli.config.schema import Experiment
from ftcli.contracts import Task, TaskType
from ftcli.models.load import rebuild_backbone
from ftcli.models.network import Network
from ftcli.models.pretrained.weights import fit_weights
from ftcli.runs.assembly import build_caching, build_model, build_task
from ftcli.runs.caching import Caching
from ftcli.runs.checkpoints import retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_run_experiment
from ftcli.tasks import TASKS
from ftcli.training.hardware import channels_last, suit
from ftcli.training.precision import Precision, choose_device, choose_precision


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with the weights of a checkpoint, and what surrounds it."""

    directory: RunDirectory
    checkpoint: Path
    experiment: Experiment
    task_type: TaskType
    task: Task
    model: Network
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
    task_type: TaskType = TASKS.load(experiment.task)
    task = build_task(experiment, task_type, directory.target(), backbone)
    model = build_model(experiment, task, backbone)
    checkpoint = storage.load(folder, training=False)
    fit_weights(model, checkpoint.weights, folder)
    model.mirrored = bool(checkpoint.state.get(storage.MIRRORED))
    model = channels_last(model.to(chosen))
    _, caching = build_caching(experiment, task, backbone, model, precision)
    return Trained(directory, folder, experiment, task_type, task, model, precision, caching)


def _locate(path: Path) -> tuple[RunDirectory, Path]:
    if (path / storage.STATE).is_file():
        return RunDirectory.existing(path.absolute().parent.parent), path
    directory = RunDirectory.existing(path)
    return directory, retention.best(directory.checkpoints)
