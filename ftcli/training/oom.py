"""Out of memory: a batch goes through the network in smaller chunks, one after the other.

A step is the same whatever the chunks (`fit` divides sums by counts). So a step that runs out of memory is taken again
from its beginning, with its own seed, in chunks of half the size; and so are all that follow.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from ftcli.contracts import Batch
from ftcli.errors import MemoryShortError

Given = TypeVar("Given")
Made = TypeVar("Made")

# What PyTorch's allocators of a CPU and of Apple's GPU say; only CUDA's has an error class of its own.
WORDS = (
    "DefaultCPUAllocator: can't allocate memory",
    "not enough memory",
    "MPS backend out of memory",
    "bad_alloc",
)
FULL = "the memory of the device is full"
SMALLER = "data.image_size or data.max_length, and training.precision: bf16"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory has run out, on whatever device."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in WORDS)


def out_of_memory() -> MemoryShortError:
    """The error outside of the forward and backward pass, where smaller chunks cannot help."""
    return MemoryShortError(
        f"{FULL}: a smaller data.batch_size helps, with training.accumulate for the same steps; so do {SMALLER}"
    )


class Chunks:
    """Cuts batches to at most `most` examples; None leaves them whole."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most

    def of(self, batch: Batch) -> list[Batch]:
        """The chunks of a batch. One example that is left over joins the chunk before it, as in a batch sampler."""
        size, most = len(batch.ids), self.most
        if most is None or size <= most:
            return [batch]
        starts = list(range(0, size, most))
        if size - starts[-1] == 1 < most:
            starts.pop()
        return [batch.part(start, stop) for start, stop in zip(starts, [*starts[1:], size], strict=True)]

    def halve(self, size: int, *, least: int = 1) -> None:
        """Allow half of `size` examples from now on. Raises `MemoryShortError` below `least`."""
        if size // 2 < least:
            amount = "one example" if size == 1 else f"{size} examples, which batch norm needs at least"
            raise MemoryShortError(f"{FULL} with {amount}: smaller ones help, by {SMALLER}")
        self.most = size // 2

    def each(self, batch: Batch, work: Callable[[Batch], Made]) -> Iterator[Made]:
        """What `work` makes of each chunk of the batch; it is called again with smaller ones if memory runs out.

        Raises `MemoryShortError` if one example is too large.
        """
        waiting = self.of(batch)
        while waiting:
            made = retryable(work, waiting[0])
            if made is not None:
                waiting.pop(0)
                yield from made
                continue
            free_memory()
            self.halve(len(waiting[0].ids))
            waiting = [chunk for one in waiting for chunk in self.of(one)]


class NormStatistics:
    """Running statistics of the batch norms in training mode: all that a pass changes without an update."""

    def __init__(self, model: nn.Module) -> None:
        norms = [part for part in model.modules() if isinstance(part, _NormBase) and part.training]
        self.values = [value for norm in norms for value in norm.buffers(recurse=False)]
        self._kept = [value.clone() for value in self.values]
        # Examples that a chunk has at least: a variance needs two.
        self.least = 2 if norms else 1

    def keep(self) -> None:
        """Remember the statistics as they are."""
        _copy(self._kept, self.values)

    def restore(self) -> None:
        """Make the statistics what they were at the last `keep`."""
        _copy(self.values, self._kept)


@torch.no_grad()
def _copy(places: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    if places:
        torch._foreach_copy_(list(places), list(values))


def run_in_chunks(
    chunks: Chunks,
    model: nn.Module,
    statistics: NormStatistics,
    window: Sequence[Batch],
    gradients: Callable[[Sequence[Batch]], Made],
    *,
    alone: bool = True,
) -> tuple[Sequence[Batch], Made]:
    """The chunks of a step's batches, and what `gradients` makes of them.

    `gradients` is called again until memory suffices, and must begin with the seed of the step. A failed attempt leaves
    no gradients, and the statistics of batch norms as they were. Raises `MemoryShortError` if one example is too large,
    or if this rank is not `alone`: the others are within the step, and wait for gradients that will not come.
    """
    statistics.keep()
    while True:
        parts = [part for batch in window for part in chunks.of(batch)]
        made = retryable(gradients, parts)
        if made is not None:
            return parts, made[0]
        if not alone:
            raise out_of_memory()
        model.zero_grad(set_to_none=True)
        statistics.restore()
        free_memory()
        chunks.halve(max(len(part.ids) for part in parts), least=statistics.least)


def retryable(work: Callable[[Given], Made], given: Given) -> tuple[Made] | None:
    """What `work` made, in a tuple; None if memory ran out. Other errors are raised.

    The error of memory is dropped here, as its traceback would hold what was in memory.
    """
    try:
        return (work(given),)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    return None


def free_memory() -> None:
    """Free what a failed attempt held, and the blocks of other sizes that the allocator of a GPU keeps."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def note(most: int | None, statistics: NormStatistics) -> str:
    """A sentence for the user, once a step was taken in chunks of at most `most` examples."""
    smaller = (
        f"memory was too small for a batch: from here on at most {most} examples go through the network at once. "
        "Steps are made of as many examples as before"
    )
    fewer = "; but batch norms see fewer of them together, which changes what they learn"
    return smaller + (fewer if statistics.values else "")
