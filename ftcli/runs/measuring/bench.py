"""Where steps of a session are taken to be measured: its own loop, batches and caching, and nothing stays of them."""

from __future__ import annotations

import math
import secrets
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ftcli.contracts import Batch, FreezePolicy
from ftcli.errors import MemoryShortError
from ftcli.loading.batch_sampler import Indices
from ftcli.runs.assembly import build_caching, plan
from ftcli.runs.batches import open_batches
from ftcli.runs.caching import Caching
from ftcli.runs.checkpoints import storage
from ftcli.runs.fit_assembly import loop
from ftcli.runs.measuring.memory import DeviceMemory
from ftcli.runs.measuring.put_back import put_back
from ftcli.runs.session import Session
from ftcli.store.store import Store
from ftcli.training.evaluate import evaluate
from ftcli.training.fit import Fit
from ftcli.training.phases import busiest
from ftcli.training.reports import Progress

# Bytes that are saved to see how long that takes, where no checkpoint is; and the most that is written for one.
SAVED, MOST_SAVED = 1 << 25, 1 << 30
# Batches that are made of what is kept, to see how long that takes.
READINGS = 3


@dataclass(frozen=True, slots=True)
class StepCost:
    """What one optimizer step costs, of `batches` batches that hold `examples` each."""

    examples: int
    # The median of the measured steps; reading is not part of it.
    seconds: float
    # The most memory during the steps, without what the measurement itself holds: of a CPU the anonymous memory of the
    # process, of a GPU what PyTorch has allocated.
    peak_bytes: int
    # The same before the first step, with one batch there: what is free has to hold `peak_bytes - held_bytes`.
    held_bytes: int
    # The length of the longest example, in tokens or milliseconds; 0 where all are as long.
    longest: int = 0
    batches: int = 1
    # Seconds in which one such batch is made of what is kept: of inputs, or of features at the cut.
    reading: float = 0.0


@contextmanager
def bench(session: Session, *, apart: bool = False, dry: bool = False) -> Iterator[Bench]:
    """A bench for the session, which is afterwards what it was.

    `apart`: all steps are taken in children. `dry`: not even encoded examples are kept for the training.
    """
    data = session.experiment.data
    alone = replace(session, experiment=replace(session.experiment, data=replace(data, workers=0)))
    parts = (alone.task, alone.backbone, alone.model, alone.precision)
    policy, caching = build_caching(alone.experiment, *parts, group=alone.group)
    trained = frozenset[str]().union(*map(policy.trainable, range(len(caching.depths))))
    with (
        tempfile.TemporaryDirectory(prefix="ftcli-", ignore_cleanup_errors=True) as folder,
        put_back(session, trained, apart=apart) as copies,
    ):
        kept = caching.store
        if kept is not None:  # features of a few examples, which no training looks for
            caching.store = Store(Path(folder), kept.most())
            if dry:
                caching.inputs = caching.store.bucket("inputs", alone.task.encoding)
        yield Bench(alone, policy, caching, copies, Path(folder), kept)


class Bench:
    """Measures steps on chosen examples. `copies` are bytes that are held beside the training, `kept` is its store."""

    def __init__(
        self,
        session: Session,
        policy: FreezePolicy,
        caching: Caching,
        copies: int,
        folder: Path,
        kept: Store | None,
    ) -> None:
        self._folder, self._kept = folder, kept
        # Seconds for a megabyte of a checkpoint, once one was written.
        self._saving: float | None = None
        self.session, self.policy, self.caching, self._copies = session, policy, caching, copies
        self.memory = DeviceMemory(session.precision.device)
        self.batches = open_batches(caching, session.splits.train, training=True)
        val = session.splits.val
        # Its features take room in the store, too.
        self.validation = None if val is None else open_batches(caching, val)
        if session.experiment.training.compile:
            session.model.compile_steps()

    @property
    def epochs(self) -> range:
        """All epochs, counted from 0."""
        return range(len(self.caching.depths))

    def busiest(self) -> int:
        """The first epoch in which most parameters train, which takes most memory."""
        return busiest(self.policy.trainable, len(self.epochs))

    def largest(self, count: int) -> Indices:
        """The indices of the `count` longest examples; where all are as long, of some all over the split.

        Where the split has fewer, examples come more than once.
        """
        lengths, total = self.batches.lengths(), self.batches.examples
        if lengths is None:
            return np.linspace(0, total - 1, count).round().astype(np.int64)
        return np.resize(np.argsort(-lengths.astype(np.int64), kind="stable")[:count], count)

    def measure(
        self,
        indices: Indices,
        *,
        epoch: int,
        steps: int,
        skip: int,
        accumulate: int = 1,
        most: float = math.inf,
        save: bool = False,
    ) -> StepCost | None:
        """The cost of a step on these examples as `epoch` trains; None where memory is too short for it.

        With `save` a checkpoint is written after the steps, whose copies of tensors are part of the peak. Once `most`
        seconds have passed no further steps are taken, and the last of the first ones is timed.

        Raises `NotFiniteError` where a step gives no finite loss, and `DataError` for an example that cannot be read.
        """
        batch, reading = self._read(indices, epoch)
        self.memory.forget_peak()
        held = self.memory.held()
        times: list[float] = []
        fit = self._fit(_Listed([batch] * (steps + skip) * accumulate), epoch, accumulate)
        for seconds in self._times(fit, steps + skip):
            if seconds is None:
                return None
            times.append(seconds)
            if sum(times) > most:
                break
        if save:
            self._save(fit)
        return StepCost(
            len(indices), statistics.median(times[skip:] or times[-1:]), self.memory.peak() - self._copies,
            held - self._copies, self._longest(indices), accumulate, reading,
        )  # fmt: skip

    def peak_of(self, chosen: Iterable[Indices], epoch: int, most: float) -> int:
        """The peak of a step on each of these batches, one after the other, as far as `most` seconds go.

        On a CPU tensors of other sizes leave holes in the heap, so that it grows while batches differ in length.
        """
        batches = [self.batches.chosen(indices, epoch) for indices in chosen]
        self.memory.forget_peak()
        left = most
        for seconds in self._times(self._fit(_Listed(batches), epoch), len(batches)):
            left -= math.inf if seconds is None else seconds
            if left < 0:
                break
        return self.memory.peak() - self._copies

    def timed(self, work: Callable[[], object]) -> tuple[float, int]:
        """The seconds that something takes, and the peak of memory meanwhile."""
        self.memory.forget_peak()
        begun = time.perf_counter()
        work()
        self.memory.finish()
        return time.perf_counter() - begun, self.memory.peak() - self._copies

    def evaluated(self, batch: Batch) -> None:
        """Score a batch, as after an epoch."""
        evaluate(self.session.model, self.session.task, [batch], self.session.precision)

    def keeps_features(self, epoch: int) -> bool:
        """Whether features of frozen blocks are kept for `epoch`, of the training or of the validation split."""
        training = self.batches.enter(epoch)
        return training or (self.validation is not None and self.validation.enter(epoch))

    def missing(self, epoch: int) -> tuple[float, float]:
        """Of the training and of the validation split, the share of the examples whose features a training computes for
        `epoch`, as no earlier one has kept them."""
        with self.caching.with_store(self._kept):
            training, validation = (
                0.0 if one is None else one.missing(epoch) / one.examples
                for one in (self.batches, self.validation)
            )
        return training, validation

    def saving(self) -> float:
        """The seconds that a megabyte of a checkpoint takes: it is hashed, and written until it is on the disk."""
        if self._saving is None:
            numbers = {"x": torch.zeros(SAVED // 4)}
            self._write(numbers, {"optimizer": {"state": {}, "param_groups": []}, "ema": {}})
        assert self._saving is not None
        return self._saving

    def _save(self, fit: Fit) -> None:
        """Write a checkpoint of the loop, unless that is too much for a folder of temporary files."""
        raw = self.session.model.state_dict()
        if 3 * sum(value.nbytes for value in raw.values()) <= MOST_SAVED:
            self._write(raw, fit.state_dict())

    def _write(self, weights: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        folder = self._folder / f"epoch-{secrets.randbelow(10**8):08d}"
        begun = time.perf_counter()
        storage.save(folder, state["ema"] or weights, weights, state, metrics_bytes=0, metrics_sha256="")
        seconds = time.perf_counter() - begun
        written = sum(path.stat().st_size for path in folder.iterdir())
        self._saving = seconds / (written / 1e6)
        shutil.rmtree(folder)

    def _read(self, indices: Indices, epoch: int) -> tuple[Batch, float]:
        """The batch of these examples, and how long it takes to make it again."""
        batch = self.batches.chosen(indices, epoch)
        times = []
        for _ in range(READINGS):
            begun = time.perf_counter()
            self.batches.chosen(indices, epoch)
            times.append(time.perf_counter() - begun)
        return batch, statistics.median(times)

    def _times(self, fit: Fit, steps: int) -> Iterator[float | None]:
        """The seconds of each step; None, and no more, where memory is too short for the batch as it is."""
        reports = iter(fit)
        for _ in range(steps):
            self.memory.finish()
            begun = time.perf_counter()
            try:
                next(reports)
            except MemoryShortError:
                yield None
                return
            self.memory.finish()
            if fit.progress.micro_batch != fit.plan.micro_batch:  # it went through in smaller chunks
                yield None
                return
            yield time.perf_counter() - begun

    def _fit(self, batches: _Listed, epoch: int, accumulate: int = 1) -> Fit:
        """A new loop over these batches, at the first step of the epoch."""
        planned = replace(plan(self.session.experiment.training), accumulate=accumulate, patience=None)
        fit = loop(self.session, self.policy, batches, planned)
        fit.course.progress = Progress(
            epoch=epoch, step=epoch * fit.steps_per_epoch, micro_batch=planned.micro_batch
        )
        return fit

    def _longest(self, indices: Indices) -> int:
        lengths = self.batches.lengths()
        return 0 if lengths is None else int(lengths[indices].max())


class _Listed:
    """The same batches in each epoch."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        return iter(self._batches[skip:])
