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
from ftcli.errors import ParityError, UserError
from ftcli.runs.assembly import watched_figure
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.parity.calling import arrays, same_inputs, tensors_alone
from ftcli.ship.parity.classes import compare_classes
from ftcli.ship.parity.comparing import compare_outputs, compare_rows, undecided
from ftcli.ship.parity.outputs import like, named
from ftcli.ship.parity.process import Process
from ftcli.ship.parity.rows import HeldOut, batch_of, held_out, raw_inputs
from ftcli.ship.parity.written import Rows, Writes, measure_texts
from ftcli.system import signals

# Sizes of batches that are tried: the last on all rows, the others on the first of them. Of fewer rows than a batch
# has, each comes several times.
SIZES = (1, 2, 7)
FIRST = 14
# By which a figure may differ, relative to itself where it is above 1: a metric adds float32 of outputs.
SAME_FIGURE = 1e-6
# The share of rows, and at least one, whose answers may be others that are as likely: ties that rounding decides.
TIES = 0.01


@dataclass(frozen=True, slots=True)
class Parity:
    """How an export compares with its run. `largest` is as `compare_outputs` measures it; times are of a row.

    `undecided` is in how many rows another answer is as likely to the run, so that they do not show a wrong class.
    """

    data: str
    rows: int
    largest: float
    same_answers: int
    undecided: int
    figure: str
    before: float
    after: float
    milliseconds: float
    eager_milliseconds: float
    batch_sizes: Sequence[int] = SIZES


@dataclass(slots=True)
class _Pass:
    """Running sums of a pass over all rows."""

    before: Mapping[str, Metric]
    after: Mapping[str, Metric]
    rows: int = 0
    largest: float = 0.0
    same: int = 0
    undecided: int = 0
    seconds: float = 0.0
    eager_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the run and the export answer to an example, and whether it is the same, or one that is as likely."""

    wanted: Rows
    found: Rows
    same: bool


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

    def answers(self, examples: Sequence[Example], batch: Batch, outputs: Any) -> list[Answer]:
        """The answers to raw inputs. Raises `ParityError` for one that is not the run's.

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
        return list(map(self._answer, asked, wanted, found))

    def _answer(self, example: Example, wanted: Rows, found: Rows) -> Answer:
        """An answer. Raises `ParityError` for one that is not the run's.

        Some networks see the padding of a batch: the answer may also be that to the example by itself.
        """
        try:
            return Answer(wanted, found, compare_rows(example.id, wanted, found))
        except ParityError:
            with torch.no_grad():
                batch = self.predictor.batch([example])
                alone = self.predictor.task.predictions(self.predictor.model, batch)[0]
            wanted = alone.values(example)
            return Answer(wanted, found, compare_rows(example.id, wanted, found))

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
    if not len(rows.split):
        raise UserError(f"{rows.name} has no rows on which the export is compared with the run")
    with (
        tempfile.TemporaryDirectory(prefix="ftcli-") as files,
        Process(folder, hidden=predictor.trained.directory.checkpoints) as process,
    ):
        checked = Checked(predictor, process, Path(files))
        for size in SIZES:
            for examples in chunks(rows, size, FIRST):
                whole = filled(examples, size)
                checked.outputs(batch_of(predictor, whole), f", in batches of {size}")
        found = _all_rows(checked, rows)
        _in_another_order(checked, rows)
    compare_classes(folder, predictor.target.classes)
    if found.rows - found.same > max(1, TIES * found.rows):
        raise ParityError(
            f"{found.rows - found.same:,} of {found.rows:,} answers are others than the run's: each is as likely to "
            "it, but so many ties are not decided by rounding"
        )
    figure, before, after = watched(predictor, figures(found.before), figures(found.after))
    if not same_figure(before, after):
        raise ParityError(f"{figure} is {after:.6g} in place of {before:.6g}")
    return Parity(
        rows.name,
        found.rows,
        found.largest,
        found.same,
        found.undecided,
        figure,
        before,
        after,
        milliseconds=1000 * found.seconds / max(1, found.rows),
        eager_milliseconds=1000 * found.eager_seconds / max(1, found.rows),
    )


def _all_rows(checked: Checked, rows: HeldOut) -> _Pass:
    task = checked.predictor.task
    found = _Pass(task.metrics(), task.metrics())
    for examples in chunks(rows):
        signals.check()
        batch = batch_of(checked.predictor, examples)
        largest, wanted, made, eager, seconds = checked.outputs(batch)
        found.largest = max(found.largest, largest)
        found.rows += len(examples)
        found.seconds += seconds
        found.eager_seconds += eager
        answers = checked.answers(examples, batch, wanted)
        if isinstance(task, Writes):
            measure_texts(task, batch, [one.wanted for one in answers], found.before)
            measure_texts(task, batch, [one.found for one in answers], found.after)
        else:
            measure(checked.predictor, batch, wanted, found.before)
            measure(checked.predictor, batch, made, found.after)
        found.same += sum(one.same for one in answers)
        found.undecided += sum(any(map(undecided, one.wanted)) for one in answers)
    return found


def _in_another_order(checked: Checked, rows: HeldOut) -> None:
    """Compare the answers to the first rows backwards: they may not depend on what was asked before."""
    examples = next(chunks(rows))[::-1]
    checked.answers(examples, batch_of(checked.predictor, examples), None)


def same_figure(before: float, after: float) -> bool:
    """Whether a figure is the same, also where it is nowhere a number."""
    if math.isnan(before) or math.isnan(after):
        return math.isnan(before) and math.isnan(after)
    return before == after or abs(before - after) <= SAME_FIGURE * max(1.0, abs(before))


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


def filled(examples: Sequence[Example], size: int) -> list[Example]:
    """A batch of `size`: of fewer examples each comes several times."""
    return [examples[index % len(examples)] for index in range(size)]


def chunks(rows: HeldOut, size: int = SIZES[-1], most: int | None = None) -> Iterator[list[Example]]:
    """The rows, or `most` of them, by `size`."""
    count = len(rows.split) if most is None else min(most, len(rows.split))
    for start in range(0, count, size):
        yield [rows.split[index] for index in range(start, min(start + size, count))]
