"""What rounding the weights to 8 bits costs: the figure on all rows, which is stated and held to no bound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.parity.calling import arrays, tensors_alone
from ftcli.ship.parity.check import chunks, figures, measure, watched
from ftcli.ship.parity.outputs import like
from ftcli.ship.parity.process import Process
from ftcli.ship.parity.rows import HeldOut, batch_of
from ftcli.system import signals


@dataclass(frozen=True, slots=True)
class Loss:
    """A network of 8 bits: its file, the figure in float32 and in 8 bits, and the time of a row."""

    file: str
    figure: str
    before: float
    after: float
    milliseconds: float


def loss_of(predictor: Predictor, folder: Path, file: str, rows: HeldOut) -> Loss:
    """Score `file` in an export's `folder` on all rows, beside `predictor`, a copy in float32."""
    task = predictor.task
    before, after, seconds = task.metrics(), task.metrics(), 0.0
    with Process(folder, {"PRECISION": "int8"}) as process:
        for examples in chunks(rows):
            signals.check()
            batch = batch_of(predictor, examples)
            with torch.no_grad(), tensors_alone(predictor.model) as given:
                wanted = predictor.outputs(batch)
            found, more = process.call("network", arrays(given))
            seconds += more
            measure(predictor, batch, wanted, before)
            measure(predictor, batch, like(wanted, found), after)
    figure, one, other = watched(predictor, figures(before), figures(after))
    return Loss(file, figure, one, other, 1000 * seconds / max(1, len(rows.split)))
