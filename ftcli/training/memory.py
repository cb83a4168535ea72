"""Memory that does not suffice: a batch goes through the network in smaller pieces, one after the other.

A step is the same whatever the pieces (`fit` divides sums by counts), so a step for which memory was short is taken
again from its beginning, with its own seed, in pieces of half the size; and so are all that follow.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from ftcli.contracts import Batch
from ftcli.errors import TrainingError

Given = TypeVar("Given")
Made = TypeVar("Made")

# What PyTorch's allocators of a CPU and of Apple's GPU say; only CUDA's has an error of its own.
WORDS = (
    "DefaultCPUAllocator: can't allocate memory",
    "not enough memory",
    "MPS backend out of memory",
    "bad_alloc",
)
FULL = "the memory of the device is full"
SMALLER = "data.image_size or data.max_length, and training.precision: bf16"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there was no memory left, on whatever device."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in WORDS)


def full() -> TrainingError:
    """The error where smaller pieces were not tried, as what was too large is no batch in the network."""
    return TrainingError(
        f"{FULL}: a smaller data.batch_size helps, with training.accumulate for the same steps; so do {SMALLER}"
    )


class Pieces:
    """Cuts batches to at most `most` examples; None leaves them whole."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most

    def of(self, batch: Batch) -> list[Batch]:
        """The batch in pieces. One example that is left over joins the piece before it, as in `data.order`."""
        size, most = len(batch.ids), self.most
        if most is None or size <= most:
            return [batch]
        starts = list(range(0, size, most))
        if size - starts[-1] == 1 < most:
            starts.pop()
        return [batch.part(start, stop) for start, stop in zip(starts, [*starts[1:], size], strict=True)]

    def halve(self, size: int, *, least: int = 1) -> None:
        """Make do with half of `size` examples. Raises `TrainingError` where that would be fewer than `least`."""
        if size // 2 < least:
            amount = "one example" if size == 1 else f"{size} examples, which batch norm needs at least"
            raise TrainingError(f"{FULL} with {amount}: smaller ones help, by {SMALLER}")
        self.most = size // 2

    def each(self, batch: Batch, work: Callable[[Batch], Made]) -> Iterator[Made]:
        """What `work` makes of the batch, or of each of its pieces where memory is short; it may be called again."""
        waiting = self.of(batch)
        while waiting:
            made = _tried(work, waiting[0])
            if made is not None:
                waiting.pop(0)
                yield from made
                continue
            free()
            self.halve(len(waiting[0].ids))
            waiting = [piece for one in waiting for piece in self.of(one)]


class Statistics:
    """Those of the batch norms that are in training mode: all that a pass changes without an update."""

    def __init__(self, model: nn.Module) -> None:
        norms = [part for part in model.modules() if isinstance(part, _NormBase) and part.training]
        self.values = [value for norm in norms for value in norm.buffers(recurse=False)]
        self._kept = [value.clone() for value in self.values]
        self.least = 2 if norms else 1  # examples, which a variance needs

    def keep(self) -> None:
        """Remember them as they are."""
        _copy(self._kept, self.values)

    def restore(self) -> None:
        """Make them what they were."""
        _copy(self.values, self._kept)


@torch.no_grad()
def _copy(places: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    if places:
        torch._foreach_copy_(list(places), list(values))


def attempted(
    pieces: Pieces,
    model: nn.Module,
    statistics: Statistics,
    window: Sequence[Batch],
    gradients: Callable[[Sequence[Batch]], Made],
    *,
    alone: bool = True,
) -> tuple[Sequence[Batch], Made]:
    """What `gradients` makes of the batches of a step, and the pieces that they were in.

    It is called until memory suffices, and must begin with the seed of the step. A failed attempt leaves no gradients,
    and the statistics of batch norms as they were. Raises `TrainingError` where one example is too large, and where
    this process is not `alone`: the others are in the midst of the step, and wait for gradients that will not come.
    """
    statistics.keep()
    while True:
        parts = [part for batch in window for part in pieces.of(batch)]
        made = _tried(gradients, parts)
        if made is not None:
            return parts, made[0]
        if not alone:
            raise full()
        model.zero_grad(set_to_none=True)
        statistics.restore()
        free()
        pieces.halve(max(len(part.ids) for part in parts), least=statistics.least)


def _tried(work: Callable[[Given], Made], given: Given) -> tuple[Made] | None:
    """What was made, or None for want of memory. The error does not stay: it would hold what was in memory."""
    try:
        return (work(given),)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    return None


def free() -> None:
    """Give back what a failed attempt held, and what the allocator of a GPU keeps in sizes that are no longer asked."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def note(most: int | None, statistics: Statistics) -> str:
    """What the user should know, once a step was taken in pieces of at most `most` examples."""
    told = (
        f"memory was too small for a batch: from here on at most {most} examples go through the network at once. "
        "Steps are made of as many examples as before"
    )
    fewer = "; but batch norms see fewer of them together, which changes what they learn"
    return told + (fewer if statistics.values else "")
