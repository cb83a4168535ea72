"""What rounding the weights to 8 bits costs: the figure on all rows, which is stated and held to no bound."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.parity.calling import arrays, tensors_alone
from ftcli.ship.parity.check import Parity, chunks, figures, measure
from ftcli.ship.parity.outputs import like
from ftcli.ship.parity.process import Process
from ftcli.ship.parity.rows import HeldOut, batch_of, raw_inputs
from ftcli.ship.parity.written import Writes, measure_texts
from ftcli.system import signals


@dataclass(frozen=True, slots=True)
class Loss:
    """A network of 8 bits: its file, the figure in float32 and in 8 bits, and the time of a row."""

    file: str
    figure: str
    before: float
    after: float
    milliseconds: float


def loss_of(predictor: Predictor, folder: Path, file: str, rows: HeldOut, exact: Parity) -> Loss:
    """Score `file` in an export's `folder` on all rows; `exact` has the figure in float32.

    `predictor` is a copy in float32. The figure of a network that writes is of the texts that the folder answers.
    """
    task, seconds = predictor.task, 0.0
    metrics = task.metrics()
    with (
        tempfile.TemporaryDirectory(prefix="ftcli-") as files,
        Process(folder, {"PRECISION": "int8"}) as process,
    ):
        for examples in chunks(rows):
            signals.check()
            batch = batch_of(predictor, examples)
            with torch.no_grad(), tensors_alone(predictor.model) as given:
                wanted = predictor.outputs(batch)
            found, more = process.call("network", arrays(given))
            seconds += more
            if isinstance(task, Writes):
                raw = [raw_inputs(task.unanswered(one), Path(files)) for one in examples]
                answers, _ = process.call("predict", raw)
                measure_texts(task, batch, answers, metrics)
            else:
                measure(predictor, batch, like(wanted, found), metrics)
    after = figures(metrics)[exact.figure]
    return Loss(file, exact.figure, exact.before, after, 1000 * seconds / max(1, len(rows.split)))
