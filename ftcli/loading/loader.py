"""Batches. Their order is a function of (seed, epoch), see `order`, and each example's randomness of (seed, epoch,
example), so any batch can be made again, with any number of workers."""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import torch
from torch.utils.data import DataLoader, Dataset

from ftcli.contracts import Batch, Encoded
from ftcli.errors import UserError, WorkerError
from ftcli.loading.batch_sampler import Indices
from ftcli.loading.rank_partition import WHOLE, Partition

PR_SET_PDEATHSIG = 1  # of Linux's prctl.h: the signal that a process gets when its parent ends


class Examples(Protocol):
    """Encoded examples: `encodings.Encodings`, or what is computed from them."""

    def __len__(self) -> int: ...
    def get(self, index: int, epoch: int) -> Encoded: ...
    def refresh(self) -> None: ...


class Schedule(Protocol):
    """Which examples come together: `batch_sampler.BatchSampler`, or chosen windows."""

    def __len__(self) -> int: ...
    def batches(self, epoch: int) -> list[Indices]: ...
    def cost(self, batch: Indices) -> int: ...


def example_seed(seed: int, epoch: int, index: int) -> int:
    """63 bits that belong to one example in one epoch."""
    digest = blake2b(f"{seed}:{epoch}:{index}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


@dataclass(frozen=True, slots=True)
class Job:
    """One batch to make, or this process's part of it; `whole` is how many examples all parts have together."""

    epoch: int
    indices: Indices
    whole: int
    counts: bool = True


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


class Batches(Dataset["Batch | Failure"]):
    """From a job to its batch; this is what a worker holds."""

    def __init__(
        self, examples: Examples, collate: Callable[..., Batch], seed: int, training: bool, views: int | None
    ) -> None:
        self._examples, self._collate, self._seed, self._training = examples, collate, seed, training
        self._views = views
        self._epoch: int | None = None

    def __getitem__(self, job: Job) -> Batch | Failure:
        try:
            if job.epoch != self._epoch:  # what other workers kept in the epoch before
                self._examples.refresh()
                self._epoch = job.epoch
            batch = self._collate(
                [self._one(job.epoch, int(i)) for i in job.indices], training=self._training
            )
            return replace(batch, whole=job.whole, ids=batch.ids if job.counts else ())
        except UserError as error:
            return Failure(type(error), str(error))

    def _one(self, epoch: int, index: int) -> Encoded:
        encoded = self._examples.get(index, epoch)
        view = epoch % self._views if self._views else epoch
        return replace(encoded, seed=example_seed(self._seed, view, index))


class Loader:
    """Batches of examples, epoch by epoch, in the order that `order` gives.

    With `views` the randomness of an example comes back after as many epochs. With `pin` the batches are in pinned
    memory, for a GPU to copy them while it computes. `part` is what this process makes of them.
    """

    def __init__(
        self, examples: Examples, collate: Callable[..., Batch], order: Schedule, *,
        seed: int, training: bool, workers: int = 0, views: int | None = None, pin: bool = False,
        part: Partition = WHOLE,
    ) -> None:  # fmt: skip
        self.examples = len(examples)
        self.order = order
        self._part, self._training = part, training
        self._jobs: list[Job] = []  # the sampler: changed in place for each epoch, so that workers may stay
        self._loader: DataLoader[Batch | Failure] = DataLoader(
            Batches(examples, collate, seed, training, views),
            batch_size=None,
            sampler=self._jobs,
            num_workers=workers,
            collate_fn=_unchanged,
            pin_memory=pin,
            worker_init_fn=partial(_settle, os.getpid()),
            multiprocessing_context=_context() if workers else None,
            persistent_workers=training and workers > 0,
        )

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self.order)

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of an epoch but the first `skip`, which are not read. Raises what encoding raises."""
        self._jobs[:] = self._own(epoch, self.order.batches(epoch)[skip:])
        for made in _guarded(self._loader):
            if isinstance(made, Failure):
                raise made.error()
            yield made

    def _own(self, epoch: int, batches: list[Indices]) -> Iterator[Job]:
        if not self._training:
            yield from (
                Job(epoch, batch, len(batch)) for batch in self._part.of_batches(batches, self.order.cost)
            )
            return
        for batch in batches:
            part = self._part.of_batch(batch)
            # One that has nothing to do takes part with the first examples, and counts none: all have to meet.
            yield Job(
                epoch, part if len(part) else batch[: self._part.least], len(batch), counts=len(part) > 0
            )


def _unchanged(batch: Any) -> Any:
    return batch


def _settle(parent: int, worker: int) -> None:
    """One thread for each worker, and signals to the whole group left to the main process, which stops them.

    It ends with its `parent`, however that ends: PyTorch's workers look for it only every few seconds, while idle.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before
            os._exit(1)
    torch.set_num_threads(1)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _context() -> str:
    """How workers start: a fork costs nothing and shares the data set, where the system does it safely."""
    return "fork" if sys.platform == "linux" else "spawn"


def _guarded(loader: DataLoader[Any]) -> Iterator[Any]:
    """The loader's items; the death of a worker in words."""
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of any fork beside threads. Workers take no lock that a fork could leave locked.
            warnings.filterwarnings("ignore", message=".*use of fork", category=DeprecationWarning)
            items = iter(loader)
        _READING[items] = os.getpid()
        yield from items
    except (
        RuntimeError,
        EOFError,
        ConnectionError,
    ) as error:  # the latter where it died while it handed on a tensor
        death = dead_worker(error) if isinstance(error, RuntimeError) else _death(type(error).__name__)
        if death is None:
            raise
        raise death from error


# Iterators whose workers may run, and the process that started these.
_READING: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


@atexit.register
def _stop_workers() -> None:
    """End the workers of iterators that something still holds when this process ends, such as an error's frames.

    Registered after multiprocessing's own function, this runs before it: that one waits for processes which it has
    asked to end by SIGTERM, and workers leave signals to the main process.
    """
    for items, owner in list(_READING.items()):
        if owner == os.getpid() and hasattr(items, "_shutdown_workers"):
            items._shutdown_workers()


def dead_worker(error: BaseException) -> WorkerError | None:
    """The death of a worker in words, if that is what an error says. torch raises it wherever the process is then."""
    if not isinstance(error, RuntimeError) or "DataLoader worker" not in str(error):
        return None
    return _death(str(error).splitlines()[0])


def _death(reported: str) -> WorkerError:
    problem = "a process that reads data was killed, most likely for lack of memory: lower data.workers"
    return WorkerError(f"{problem} ({reported})")
