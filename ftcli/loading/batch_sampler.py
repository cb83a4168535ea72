"""Which examples come in which batch: a pure function of (seed, epoch), so that any batch can be made again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Indices = np.ndarray[Any, np.dtype[np.int64]]
Lengths = NDArray[np.int32]
Item = TypeVar("Item")

CHUNK = 4096  # examples that evaluation sorts by length at a time, so that few outputs wait for their turn
SLACK = 0.1  # a length is stretched by less than this share before sorting
WHOLE = 10_000  # stretching is in whole parts, so it is exact
STRETCH = int(SLACK * WHOLE)


class BatchSampler:
    """The batches of each epoch, as many in every epoch.

    Without lengths, training draws an order, and a last batch of one example joins the batch before it, because
    batch norm has no variance of one; evaluation goes in order. With `lengths` (tokens of each text), a batch holds
    texts of similar length: training sorts by the length times a factor in [1, 1.1) that is drawn for each example
    and epoch, and draws the order of the batches; evaluation sorts within chunks. `max_tokens` is the most padded
    tokens of a batch, its longest text times its texts; a text that is longer goes alone.
    """

    def __init__(
        self, examples: int, batch_size: int, *, seed: int, training: bool, lengths: Lengths | None = None,
        max_tokens: int | None = None,
    ) -> None:  # fmt: skip
        if lengths is not None and len(lengths) != examples:
            raise ValueError(f"{len(lengths)} lengths for {examples} examples")
        if lengths is None and max_tokens is not None:
            raise ValueError("max_tokens needs lengths")
        self._examples, self._batch_size, self._seed, self._training = examples, batch_size, seed, training
        self._lengths = None if lengths is None else lengths.astype(np.int64)
        self._max_tokens = max_tokens
        self._sizes = self._batch_sizes() if training else np.zeros(0, np.int64)
        self._evaluation = [] if training else self._sorted_in_chunks()

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._sizes) if self._training else len(self._evaluation)

    def batches(self, epoch: int) -> list[Indices]:
        """The indices of the examples of each batch."""
        if not self._training:
            return list(self._evaluation)
        random = np.random.default_rng([self._seed, epoch])
        if self._lengths is None:
            return _cut(random.permutation(self._examples), self._sizes)
        stretched = self._lengths * random.integers(WHOLE, WHOLE + STRETCH, self._examples)
        order = random.permutation(self._examples)  # so that equal keys come in no order of their own
        order = order[np.argsort(stretched[order], kind="stable")]
        sizes = self._sizes
        if self._max_tokens is None and len(sizes):  # the short batch may be of any length
            sizes = np.roll(sizes, random.integers(len(sizes)))
        batches = _cut(order, sizes)
        return [batches[i] for i in random.permutation(len(batches))]

    def cost(self, batch: Indices) -> int:
        """How much work a batch is, in examples or in padded tokens."""
        return len(batch) * (1 if self._lengths is None else int(self._lengths[batch].max()))

    def indices(self, epoch: int) -> Indices:
        """All examples in the order of the batches."""
        return np.concatenate([np.zeros(0, np.int64), *self.batches(epoch)])

    def _batch_sizes(self) -> Indices:
        """The sizes of training batches, along the sorted examples where there are lengths."""
        if self._lengths is not None and self._max_tokens is not None:
            # The text at place p of an epoch's order is shorter than its key, and that is less than the stretched
            # length at place p of the plain order: each example's key only grew, by less than the slack.
            longest = np.sort(self._lengths) * (WHOLE + STRETCH - 1) // WHOLE
            return np.array(_fitting(longest, self._batch_size, self._max_tokens), dtype=np.int64)
        sizes = _even(self._examples, self._batch_size)
        if self._lengths is None and len(sizes) > 1 < self._batch_size and sizes[-1] == 1:
            sizes[-2:] = [self._batch_size + 1]
        return np.array(sizes, dtype=np.int64)

    def _sorted_in_chunks(self) -> list[Indices]:
        everything = np.arange(self._examples)
        if self._lengths is None:
            return _cut(everything, _even(self._examples, self._batch_size))
        batches: list[Indices] = []
        for start in range(0, self._examples, CHUNK):
            chunk = everything[start : start + CHUNK]
            chunk = chunk[np.argsort(self._lengths[chunk], kind="stable")]
            if self._max_tokens is None:
                sizes = _even(len(chunk), self._batch_size)
            else:
                sizes = _fitting(self._lengths[chunk], self._batch_size, self._max_tokens)
            batches += _cut(chunk, sizes)
        return batches


def restore(indices: Iterable[int], items: Iterable[Item]) -> Iterator[Item]:
    """The items, of which the first belongs to the first of `indices`, in the order 0, 1, 2, ...

    Holds only those that wait for one before them.
    """
    waiting: dict[int, Item] = {}
    upcoming = 0
    for index, item in zip(indices, items, strict=True):
        waiting[int(index)] = item
        while upcoming in waiting:
            yield waiting.pop(upcoming)
            upcoming += 1


def _even(examples: int, batch_size: int) -> list[int]:
    """Sizes of batches that are full, but for the last."""
    full, rest = divmod(examples, batch_size)
    return [batch_size] * full + [rest] * (rest > 0)


def _fitting(longest: Indices, batch_size: int, max_tokens: int) -> list[int]:
    """Sizes of batches of rising lengths that hold at most `max_tokens` padded tokens."""
    sizes: list[int] = []
    size = 0
    for length in longest.tolist():
        if size and (size == batch_size or length * (size + 1) > max_tokens):
            sizes.append(size)
            size = 0
        size += 1
    return [*sizes, size] if size else sizes


def _cut(order: Indices, sizes: Iterable[int]) -> list[Indices]:
    """Pieces of `order` of these sizes."""
    ends = np.cumsum(np.fromiter(sizes, np.int64)).tolist()
    return [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]
