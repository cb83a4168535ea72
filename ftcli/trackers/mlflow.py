"""MLflow: a run of its own, found by a tag, to which what is missing is added.

MLflow removes no point and changes no parameter. So where it has others than the log, as after training went back, the
run is deleted, which MLflow can undo, and written anew. Without MLFLOW_TRACKING_URI all is in mlflow.db beside the run.
"""

from __future__ import annotations

import logging
import os
import re
import shlex
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, TypeVar

from ftcli.system.offline import check_online
from ftcli.trackers.replay import FINISHED, RUNNING, Described, Ending, Row
from ftcli.trackers.tracker import DiffersError

DATABASE = "mlflow.db"
# Hidden, as an artefact is an experiment.yaml, by which `ftcli runs` knows a run.
ARTEFACTS = ".mlflow-artifacts"
EXPERIMENT = "ftcli"
TAG = "ftcli.run"
# What MLflow takes at most.
_METRICS, _PARAMETERS, _CHARACTERS, _KEY = 1000, 100, 6000, 250
# A server that does not answer is waited for so long, unless the user says otherwise; MLflow would take many minutes.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "20", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}
_One = TypeVar("_One")


class MLflow:
    """The run in a database or on a server."""

    packages: ClassVar[tuple[str, ...]] = ("mlflow", "sqlalchemy", "alembic")

    def __init__(self, run: Described) -> None:
        self._run, self._parent = run, run.path.parent
        self._own = f"sqlite:///{self._parent / DATABASE}"
        self._address = os.environ.get("MLFLOW_TRACKING_URI") or self._own
        self._parameters = dict(_parameters(run.parameters))
        self._client: Any = None
        # The id of the run there, and the points that it has and that did not yet come up in the log, by key.
        self._id, self._there = "", dict[str, deque[tuple[int, float]]]()

    def begin(self, *, anew: bool = False) -> None:
        self._connect()
        self._id, self._there = "", {}
        group = self._group()
        found = self._client.search_runs([group], f"tags.`{TAG}` = '{self._run.identity}'")
        for one in found:
            if anew or self._id or one.data.params.items() - self._parameters.items():
                self._client.delete_run(one.info.run_id)
            else:
                self._id = one.info.run_id
                self._there = {key: self._points(key) for key in one.data.metrics}
        if not self._id:
            self._create(group)
        self._client.update_run(self._id, status="RUNNING", name=self._run.name)
        self._client.set_tag(self._id, "ftcli.path", str(self._run.path))
        self._send_parameters()

    def _connect(self) -> None:
        if self._client is not None:
            return
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        if self._address.startswith("http"):
            check_online()
        from mlflow import MlflowClient

        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        self._client = MlflowClient(tracking_uri=self._address)

    def _group(self) -> str:
        """The id of the experiment of MLflow, which is a group of runs."""
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        place = (self._parent / ARTEFACTS).as_uri() if self._address == self._own else None
        return str(self._client.create_experiment(name, artifact_location=place))

    def _create(self, group: str) -> None:
        tags, began = {TAG: self._run.identity}, int(self._run.began * 1000)
        made = self._client.create_run(group, start_time=began, tags=tags, run_name=self._run.name)
        self._id = made.info.run_id

    def _points(self, key: str) -> deque[tuple[int, float]]:
        history = self._client.get_metric_history(self._id, key)
        return deque(sorted((one.step, one.value) for one in history))

    def _send_parameters(self) -> None:
        """Send all, those that are there, too: they are the same."""
        from mlflow.entities import Param

        for some in _batches((Param(*one) for one in self._parameters.items()), _PARAMETERS):
            self._client.log_batch(self._id, params=some)

    def add(self, rows: Sequence[Row]) -> None:
        self._send((name, value, row.step, row.time) for row in rows for name, value in row.figures.items())

    def _send(self, points: Iterable[tuple[str, float, int, float]]) -> None:
        """Send the points that are not there."""
        from mlflow.entities import Metric

        metrics = (Metric(_key(name), value, int(time * 1000), step) for name, value, step, time in points)
        for some in _batches((one for one in metrics if self._misses(one)), _METRICS):
            self._client.log_batch(self._id, metrics=some)

    def _misses(self, point: Any) -> bool:
        there = self._there.get(point.key)
        if not there:
            return True
        if there.popleft() != (point.step, point.value):
            raise DiffersError
        return False

    def end(self, ending: Ending) -> None:
        self._send((name, value, ending.step, ending.time) for name, value in ending.summary.items())
        if any(self._there.values()):
            raise DiffersError
        for path in ending.artefacts:
            self._client.log_artifact(self._id, str(path))
        if ending.status != RUNNING:
            status = "FINISHED" if ending.status == FINISHED else "FAILED"
            self._client.set_terminated(self._id, status, end_time=int(ending.time * 1000))

    def close(self) -> None:
        """Nothing is held."""

    def look(self) -> str:
        if self._address.startswith("http"):
            return self._address
        return shlex.join(["mlflow", "ui", "--backend-store-uri", self._address])


def _batches(items: Iterable[_One], size: int) -> Iterator[list[_One]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def _key(name: str) -> str:
    """A name that MLflow takes: of its characters, and as a path none that leads elsewhere."""
    plain = re.sub(r"[^\w .:/-]", "_", name, flags=re.ASCII)[:_KEY]
    return "/".join(part if part.strip(".") else "_" for part in plain.split("/") if part) or "_"


def _parameters(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        yield _key(name), value if len(value) <= _CHARACTERS else f"{value[: _CHARACTERS - 3]}..."
