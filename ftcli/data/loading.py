"""Batches. The order is a function of (seed, epoch) and each example's randomness of (seed, epoch, example), so
any batch can be made anew, with any number of workers."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ftcli.contracts import Batch, Encoded, Example, Split
from ftcli.errors import TrainingError, UserError

Indices = np.ndarray[Any, np.dtype[np.int64]]


def example_seed(seed: int, epoch: int, index: int) -> int:
    """63 bits that belong to one example in one epoch."""
    digest = blake2b(f"{seed}:{epoch}:{index}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


@dataclass(frozen=True, slots=True)
class Job:
    """One batch to make."""

    epoch: int
    indices: Indices


@dataclass(frozen=True, slots=True)
class Failure:
    """A user's mistake that a worker met, on its way to the main process without a traceback."""

    kind: type[UserError]
    message: str

    def error(self) -> UserError:
        """The same error again, whatever its constructor takes."""
        error = self.kind.__new__(self.kind)
        Exception.__init__(error, self.message)
        return error


class Memo:
    """Encoded examples in memory, up to `room` bytes; what comes later is encoded each time."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: dict[int, Encoded] = {}

    def get(self, index: int, make: Callable[[], Encoded]) -> Encoded:
        """The encoded example, made at the first call."""
        if (kept := self._kept.get(index)) is not None:
            return kept
        encoded = make()
        size = _bytes(encoded)
        if size <= self._room:
            self._room -= size
            self._kept[index] = encoded
        return encoded


def _bytes(encoded: Encoded) -> int:
    """About how much memory an encoded example takes."""
    size = 500  # the objects themselves
    for value in encoded.inputs.values():
        if isinstance(value, Tensor):
            size += value.nbytes
        else:
            size += 36 * len(value) if isinstance(value, Sequence) else 36
    return size


class Batches(Dataset["Batch | Failure"]):
    """From a job to its batch; this is what a worker holds."""

    def __init__(
        self, split: Split, encode: Callable[[Example], Encoded], collate: Callable[..., Batch], seed: int,
        training: bool, memo: Memo,
    ) -> None:  # fmt: skip
        self._split, self._encode, self._collate = split, encode, collate
        self._seed, self._training, self._memo = seed, training, memo

    def __getitem__(self, job: Job) -> Batch | Failure:
        try:
            return self._collate([self._one(job.epoch, int(i)) for i in job.indices], training=self._training)
        except UserError as error:
            return Failure(type(error), str(error))

    def _one(self, epoch: int, index: int) -> Encoded:
        encoded = self._memo.get(index, lambda: self._encode(self._split[index]))
        return replace(encoded, seed=example_seed(self._seed, epoch, index))


class Loader:
    """Batches of a split, epoch by epoch.

    Training batches come in an order drawn for each epoch, and a last batch of one example joins the batch
    before it, because batch norm has no variance of one. Evaluation goes in order. With no workers, encoded
    examples are kept in memory up to `remember` bytes.
    """

    def __init__(
        self, split: Split, encode: Callable[[Example], Encoded], collate: Callable[..., Batch], *,
        batch_size: int, seed: int, training: bool, workers: int = 0, remember: int = 0,
    ) -> None:  # fmt: skip
        self.examples = len(split)
        self._batch_size, self._seed, self._training = batch_size, seed, training
        self._jobs: list[Job] = []  # the sampler: changed in place for each epoch, so that workers may stay
        memo = Memo(0 if workers else remember)
        batches = Batches(split, encode, collate, seed, training, memo)
        self._loader: DataLoader[Batch | Failure] = DataLoader(
            batches,
            batch_size=None,
            sampler=self._jobs,
            num_workers=workers,
            collate_fn=_unchanged,
            worker_init_fn=_quiet,
            multiprocessing_context=_context() if workers else None,
            persistent_workers=training and workers > 0,
        )

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._starts()) - 1

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of an epoch but the first `skip`, which are not read. Raises what encoding raises."""
        order = self._order(epoch)
        starts = self._starts()
        pairs = list(pairwise(starts))[skip:]
        self._jobs[:] = [Job(epoch, order[start:end]) for start, end in pairs]
        for made in _guarded(self._loader):
            if isinstance(made, Failure):
                raise made.error()
            yield made

    def _order(self, epoch: int) -> Indices:
        if not self._training:
            return np.arange(self.examples)
        return np.random.default_rng([self._seed, epoch]).permutation(self.examples)

    def _starts(self) -> list[int]:
        """Where each batch begins in the order, and the end of the last."""
        starts = list(range(0, self.examples, self._batch_size))
        if self._training and len(starts) > 1 < self._batch_size and self.examples - starts[-1] == 1:
            starts.pop()
        return [*starts, self.examples] if self.examples else [0]


def _unchanged(batch: Any) -> Any:
    return batch


def _quiet(worker: int) -> None:
    """One thread for each worker, and signals to the whole group left to the main process, which stops them."""
    torch.set_num_threads(1)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _context() -> str:
    """How workers start: a fork costs nothing and shares the data set, where the system does it safely."""
    return "fork" if sys.platform == "linux" else "spawn"


def _guarded(loader: DataLoader[Any]) -> Iterator[Any]:
    """The loader's items; the death of a worker in words."""
    with warnings.catch_warnings():
        # Python 3.12 warns of any fork beside threads. Workers run on one thread and take no lock of ours.
        warnings.filterwarnings("ignore", message=".*use of fork", category=DeprecationWarning)
        items = iter(loader)
    try:
        yield from items
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        problem = "a process that reads data was killed, most likely for want of memory: lower data.workers"
        raise TrainingError(f"{problem} ({str(error).splitlines()[0]})") from error
