"""The parts of an experiment, made of its sections: they are the same in training and when a run is opened."""

from __future__ import annotations

from typing import Any

from ftcli.config.options import Options
from ftcli.config.quantities import seconds_of
from ftcli.config.schema import Experiment
from ftcli.config.training_keys import EarlyStop, Training
from ftcli.contracts import Backbone, FreezePolicy, Target, Task, TaskType
from ftcli.contracts.target_kinds import KINDS
from ftcli.metrics.figures import lower_is_better
from ftcli.models.adapters import ADAPTERS
from ftcli.models.freezing.cut import frozen_depth
from ftcli.models.network import Network
from ftcli.runs.caching import Caching
from ftcli.runs.checks import bound_part
from ftcli.runs.names import PARTS
from ftcli.tasks import TASKS
from ftcli.training.distributed.group import Group
from ftcli.training.precision import Precision
from ftcli.training.reports import Plan


def build_part(experiment: Experiment, key: str, **supplied: Any) -> Any:
    """The part that `key` names, made with its options and what the program supplies."""
    part = bound_part(getattr(experiment, key), key, experiment.places)
    with experiment.places.at(key):
        return PARTS[key].load(part.name)(**Options.of(part.options).arguments, **supplied)


def build_task(experiment: Experiment, task_class: TaskType, target: Target, backbone: Backbone) -> Task:
    """The task of a filled experiment."""
    loss = build_part(experiment, "loss", target=target)
    with experiment.places.at("data"):
        task: Task = task_class(target, backbone.preprocess, loss=loss, **task_class.settings(experiment))
    return task


def build_model(experiment: Experiment, task: Task, backbone: Backbone) -> Network:
    """Backbone and head, adapted as `model` asks, before any weights of a run are loaded into it.

    So it has the same parameters in training, and when the run is opened again.
    """
    with experiment.places.at("model"):
        network: Network = task.attach(backbone)
        for adapt in ADAPTERS:
            adapt(network, experiment.model)
    return network


def freeze_policy(experiment: Experiment) -> FreezePolicy:
    """The freezing policy, before it knows the network."""
    policy: FreezePolicy = build_part(experiment, "freeze")
    return policy


def build_caching(
    experiment: Experiment,
    task: Task,
    backbone: Backbone,
    model: Network,
    precision: Precision,
    *,
    dry: bool = False,
    group: Group | None = None,
) -> tuple[FreezePolicy, Caching]:
    """The freezing policy, and what supplies batches from where it cuts the network."""
    policy, epochs = freeze_policy(experiment), _epochs(experiment.training)
    with experiment.places.at("freeze"):
        policy.prepare(model, model.blocks, epochs)
    trains = [policy.trainable(epoch) for epoch in range(max(1, epochs))]
    depths = {names: frozen_depth(model.blocks[:-1], names) for names in dict.fromkeys(trains)}
    frozen = [depths[names] for names in trains]
    return policy, Caching(experiment, task, backbone, model, precision, frozen, dry=dry, group=group)


def _epochs(training: Training) -> int:
    return 1 if training.epochs is None else training.epochs


def watched_figure(experiment: Experiment, target: Target) -> str:
    """The figure that is watched; without validation, the usual one of the task."""
    usual: str = TASKS.load(experiment.task).figure or KINDS[target.kind].figure
    return experiment.training.metric or usual


def plan(training: Training) -> Plan:
    """How long the loop goes on, and what surrounds a step."""
    stop = training.early_stop if isinstance(training.early_stop, EarlyStop) else None
    metric = training.metric or "loss"
    return Plan(
        epochs=_epochs(training),
        seed=training.seed,
        accumulate=training.accumulate,
        micro_batch=training.micro_batch,
        clip=training.clip or 0.0,
        ema=training.ema or 0.0,
        patience=stop.patience if stop else None,
        lower_is_better=lower_is_better(metric),
        metric=metric,
        average_best=training.average_best or 1,
        seconds=None if training.time is None else seconds_of(training.time),
    )
