"""From a run to a server that answers for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ftcli.contracts.target_kinds import KINDS
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.serving.app import LOOPBACK, Service
from ftcli.ship.serving.engine import Engine
from ftcli.ship.serving.inputs import Takes
from ftcli.ship.serving.limits import Limits, Room
from ftcli.ship.serving.listening import is_loopback
from ftcli.ship.serving.measures import Measures
from ftcli.ship.serving.page import page
from ftcli.ship.serving.server import Server


def run_name(predictor: Predictor) -> str:
    """The name of the model: that of its run."""
    return predictor.trained.directory.path.absolute().name


def shown_model(backbone: str) -> str:
    """The name of a network; of a folder only the last part, as a page says nothing of the folders of this machine."""
    return Path(backbone).name if os.path.isabs(backbone) or os.path.isdir(backbone) else backbone


def server(
    predictor: Predictor, host: str, limits: Limits, *, batch: int | None = None,
    begun: Callable[[], object] = lambda: None,
) -> Server:  # fmt: skip
    """A server for the model; `begun` is called once it has predicted."""
    experiment, target, measures = predictor.experiment, predictor.target, Measures()
    kind = KINDS[target.kind]
    takes = Takes(predictor.trained.task_type.inputs, kind, pairs=experiment.data.text_pair is not None)
    engine = Engine(predictor, limits, batch=batch, watch=measures.batches.add)
    name = run_name(predictor)
    speakers = target.classes if kind.speakers else ()
    html = page(name, experiment.task, shown_model(experiment.model.backbone), takes, speakers)
    hosts = LOOPBACK | {host} if is_loopback(host) else None
    service = Service(name, engine, takes, html, Room(limits), measures, hosts)
    return Server(service.application(), engine, begun)
