"""TensorBoard: a file of events in the run, written from the beginning each time.

A file begins with an event that makes readers forget what was in earlier ones, so that the figures that are shown are
those of the newest file; the others are removed at the end.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ftcli.errors import RunError
from ftcli.trackers.replay import FAILED, RUNNING, Described, Ending, Row, typed

FOLDER, _PREFIX = "tensorboard", "events.out.tfevents."


class TensorBoard:
    """The run in RUN/tensorboard."""

    packages: ClassVar[tuple[str, ...]] = ("tensorboard",)

    def __init__(self, run: Described) -> None:
        self._run, self._folder = run, run.path / FOLDER
        self._writer: Any = None

    def begin(self, *, anew: bool = False) -> None:
        from tensorboard.compat.proto import event_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        self.close()
        if self._folder.is_symlink():
            raise RunError(f"{self._folder} is a link: a run writes to files of its own. Remove it")
        self._folder.mkdir(exist_ok=True)
        self._earlier = sorted(self._folder.glob(f"{_PREFIX}*"))
        self._writer = RecordWriter((self._folder / self._name()).open("xb"))
        began = self._run.began
        self._write(event_pb2.Event(wall_time=began, file_version="brain.Event:2"))
        start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
        self._write(event_pb2.Event(wall_time=began, step=0, session_log=start))

    def _name(self) -> str:
        """Readers take files in the order of their names, in which a number of ten digits comes first."""
        numbers = [int(one) for path in self._earlier if (one := path.name[len(_PREFIX) :][:10]).isdecimal()]
        return f"{_PREFIX}{max([int(time.time()), *(number + 1 for number in numbers)]):010d}.ftcli"

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._scalars(row.step, row.time, row.figures)
        self._writer.flush()

    def end(self, ending: Ending) -> None:
        self._scalars(ending.step, ending.time, ending.summary)
        for summary in _parameters(self._run, ending):
            self._summary(summary, ending.step, ending.time)
        self.close()
        for path in self._earlier:
            path.unlink(missing_ok=True)

    def look(self) -> str:
        return shlex.join(["tensorboard", "--logdir", str(self._folder)])

    def _scalars(self, step: int, at: float, figures: Mapping[str, float]) -> None:
        from tensorboard.compat.proto import summary_pb2

        values = [summary_pb2.Summary.Value(tag=name, simple_value=one) for name, one in figures.items()]
        self._summary(summary_pb2.Summary(value=values), step, at)

    def _summary(self, summary: Any, step: int, at: float) -> None:
        from tensorboard.compat.proto import event_pb2

        self._write(event_pb2.Event(wall_time=at, step=step, summary=summary))

    def _write(self, event: Any) -> None:
        self._writer.write(event.SerializeToString())

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _parameters(run: Described, ending: Ending) -> Iterator[Any]:
    """The summaries of the HParams tab: its columns, the parameters of this run, and how it ended."""
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    def summary(tag: str, **content: Any) -> Any:
        data = plugin_data_pb2.HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, **content)
        found = metadata.create_summary_metadata(data)
        return summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, metadata=found)])

    kinds: Sequence[tuple[int, str, tuple[type, ...]]] = (
        (api_pb2.DATA_TYPE_BOOL, "bool_value", (bool,)),
        (api_pb2.DATA_TYPE_FLOAT64, "number_value", (int, float)),
        (api_pb2.DATA_TYPE_STRING, "string_value", (str,)),
    )
    columns, started = [], plugin_data_pb2.SessionStartInfo(start_time_secs=run.began)
    for name, text in run.parameters.items():
        value = typed(text)
        kind, field, _ = next(one for one in kinds if isinstance(value, one[2]))
        setattr(started.hparams[name], field, value)
        columns.append(api_pb2.HParamInfo(name=name, type=kind))
    figures = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=name)) for name in ending.summary]
    experiment = api_pb2.Experiment(hparam_infos=columns, metric_infos=figures)
    yield summary(metadata.EXPERIMENT_TAG, experiment=experiment)
    yield summary(metadata.SESSION_START_INFO_TAG, session_start_info=started)
    states = {RUNNING: api_pb2.STATUS_RUNNING, FAILED: api_pb2.STATUS_FAILURE}
    ended = plugin_data_pb2.SessionEndInfo(
        status=states.get(ending.status, api_pb2.STATUS_SUCCESS), end_time_secs=ending.time
    )
    yield summary(metadata.SESSION_END_INFO_TAG, session_end_info=ended)
