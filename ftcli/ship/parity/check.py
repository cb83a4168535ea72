"""Whether an exported folder answers as its run does: on all rows, in a fresh process without ftcli."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Batch, Example, Metric
from ftcli.errors import ParityError
from ftcli.runs.assembly import watched_figure
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.parity.calling import arrays, same_inputs, tensors_alone
from ftcli.ship.parity.comparing import OUTPUTS, compare_outputs, compare_rows
from ftcli.ship.parity.detections import detections_in, settled
from ftcli.ship.parity.outputs import like, named
from ftcli.ship.parity.process import Process
from ftcli.ship.parity.rows import HeldOut, batch_of, held_out, raw_inputs
from ftcli.system import signals

# Sizes of batches that are tried: the last on all rows, the others on the first of them.
SIZES = (1, 2, 7)
FIRST = 14
# By which a figure may differ, relative to itself where it is above 1: a metric adds float32 of outputs.
SAME_FIGURE = 1e-6


@dataclass(frozen=True, slots=True)
class Parity:
    """How an export compares with its run. `largest` is as `compare_outputs` measures it; times are of a row."""

    data: str
    rows: int
    largest: float
    same_answers: int
    figure: str
    before: float
    after: float
    milliseconds: float
    eager_milliseconds: float
    batch_sizes: Sequence[int] = SIZES

    @property
    def reordered(self) -> bool:
        """Whether the figure differs, which it does only by the order of boxes that are as likely."""
        return not _same_figure(self.before, self.after)


@dataclass(slots=True)
class _Pass:
    """Running sums of a pass over all rows. `settled` are those of detections in the order that the run gives them."""

    before: Mapping[str, Metric]
    after: Mapping[str, Metric]
    settled: Mapping[str, Metric]
    rows: int = 0
    largest: float = 0.0
    same: int = 0
    seconds: float = 0.0
    eager_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Checked:
    """A folder in a process, and the predictor, a copy in float32, that it has to answer as."""

    predictor: Predictor
    process: Process
    files: Path = field(default_factory=Path)

    def outputs(self, batch: Batch, what: str = "") -> tuple[float, Any, Any, float, float]:
        """Compare the outputs for a batch: the largest difference, both outputs, and the seconds of both."""
        started = time.perf_counter()
        with torch.no_grad(), tensors_alone(self.predictor.model) as given:
            wanted = self.predictor.outputs(batch)
        eager = time.perf_counter() - started
        found, seconds = self.process.call("network", arrays(given))
        largest = compare_outputs(batch.ids, named(wanted), found, what)
        return largest, wanted, like(wanted, found), eager, seconds

    def answers(self, examples: Sequence[Example], batch: Batch, outputs: Any) -> int:
        """How many answers to raw inputs are the same. Raises `ParityError` for others.

        `outputs` are those for `batch`, the examples with their targets: networks that write take other inputs for a
        text that is not written yet.
        """
        task = self.predictor.task
        asked = [task.unanswered(example) for example in examples]
        without = self.predictor.batch(asked)
        known = outputs if same_inputs(without, batch) else None
        with torch.no_grad():
            predictions = task.predictions(self.predictor.model, without, known)
        raw = [raw_inputs(one, self.files) for one in asked]
        self._tensors(raw, without)
        found, _ = self.process.call("predict", raw)
        wanted = [prediction.values(example) for prediction, example in zip(predictions, asked, strict=True)]
        if len(found) != len(wanted):
            raise ParityError(f"predict gives {len(found)} answers to {len(wanted)} inputs")
        return sum(map(self._same, asked, wanted, found))

    def _same(self, example: Example, wanted: list[dict[str, Any]], found: list[dict[str, Any]]) -> bool:
        """Whether an answer is the same. Raises `ParityError` for another one.

        Some networks see the padding of a batch: the answer may also be that to the example by itself.
        """
        # Of tasks that predict only what is likely enough.
        least = getattr(self.predictor.task, "threshold", 0.0)
        try:
            return compare_rows(example.id, wanted, found, least)
        except ParityError:
            with torch.no_grad():
                batch = self.predictor.batch([example])
                alone = self.predictor.task.predictions(self.predictor.model, batch)[0]
            return compare_rows(example.id, alone.values(example), found, least)

    def _tensors(self, raw: Sequence[Any], batch: Batch) -> None:
        """Compare the tensors that raw inputs become, where a script has a function `batch` for it.

        A network that has learned little shows a wrong preparation of its inputs in no answer.
        """
        made, _ = self.process.call("batch", raw, optional=True)
        if made is not None:
            tensors = {
                name: batch.inputs[name] for name in made if isinstance(batch.inputs.get(name), Tensor)
            }
            found = {name: made[name] for name in tensors}
            compare_outputs(batch.ids, arrays(tensors), found, ", made of the raw input")


def check(predictor: Predictor, folder: Path, rows: HeldOut | None = None) -> Parity:
    """Compare the export in `folder` with `predictor`, which is a copy in float32, on its held-out rows.

    Raises `ParityError` for the first row that differs, and `ExportError` where the folder does not work.
    """
    rows = rows or held_out(predictor)
    with tempfile.TemporaryDirectory(prefix="ftcli-") as files, Process(folder) as process:
        checked = Checked(predictor, process, Path(files))
        for size in SIZES[:-1]:
            for examples in chunks(rows, size, FIRST):
                checked.outputs(batch_of(predictor, examples), f", in batches of {size}")
        found = _all_rows(checked, rows)
    figure, before, after = watched(predictor, figures(found.before), figures(found.after))
    _, _, as_ordered = watched(predictor, figures(found.before), figures(found.settled))
    if not _same_figure(before, after) and not _same_figure(before, as_ordered):
        raise ParityError(f"{figure} is {after:.6g} in place of {before:.6g}")
    return Parity(
        rows.name,
        found.rows,
        found.largest,
        found.same,
        figure,
        before,
        after,
        milliseconds=1000 * found.seconds / max(1, found.rows),
        eager_milliseconds=1000 * found.eager_seconds / max(1, found.rows),
    )


def _same_figure(before: float, after: float) -> bool:
    """Whether a figure is the same; where it is not defined it is not a number in both."""
    near = abs(before - after) <= SAME_FIGURE * max(1.0, abs(before))
    return near or (math.isnan(before) and math.isnan(after))


def _all_rows(checked: Checked, rows: HeldOut) -> _Pass:
    task = checked.predictor.task
    found = _Pass(task.metrics(), task.metrics(), task.metrics())
    for examples in chunks(rows):
        signals.check()
        batch = batch_of(checked.predictor, examples)
        largest, wanted, made, eager, seconds = checked.outputs(batch)
        found.largest = max(found.largest, largest)
        found.rows += len(examples)
        found.seconds += seconds
        found.eager_seconds += eager
        measure(checked.predictor, batch, wanted, found.before)
        measure(checked.predictor, batch, made, found.after)
        if detections_in(named(wanted)):
            same = settled(named(wanted), named(made), OUTPUTS)
            measure(checked.predictor, batch, like(wanted, same), found.settled)
        found.same += checked.answers(examples, batch, wanted)
    return found


@torch.no_grad()
def measure(predictor: Predictor, batch: Batch, outputs: Any, metrics: Mapping[str, Metric]) -> None:
    """Add the outputs for a batch to the metrics."""
    for predicted, true in predictor.task.measured(predictor.model, batch, outputs):
        for metric in metrics.values():
            metric.update(predicted, true)


def figures(metrics: Mapping[str, Metric]) -> dict[str, float]:
    """All figures of the metrics."""
    return {name: value for metric in metrics.values() for name, value in metric.compute().items()}


def watched(
    predictor: Predictor, before: Mapping[str, float], after: Mapping[str, float]
) -> tuple[str, float, float]:
    """The figure that the run watched, else the first there is, and its values before and after."""
    wanted = watched_figure(predictor.experiment, predictor.target)
    figure = wanted if wanted in before else next(iter(before), wanted)
    return figure, before.get(figure, math.nan), after.get(figure, math.nan)


def chunks(rows: HeldOut, size: int = SIZES[-1], most: int | None = None) -> Iterator[list[Example]]:
    """The rows, or `most` of them, by `size`."""
    count = len(rows.split) if most is None else min(most, len(rows.split))
    for start in range(0, count, size):
        yield [rows.split[index] for index in range(start, min(start + size, count))]
