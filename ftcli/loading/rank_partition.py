"""Which part of the batches is one process's, where several train together.

A batch of training is shared among all, so that a step is the same however many they are. What is scored is shared by
whole batches, in runs, so that each batch is the one that a single process would have made, and the parts come
together in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ftcli.loading.batch_sampler import Indices


@dataclass(frozen=True, slots=True)
class Partition:
    """The part of process `rank`, counted from 0, of `size`.

    `least` examples of a batch are what a process can work with: batch norm has no variance of one.
    """

    rank: int = 0
    size: int = 1
    least: int = 1

    def of_batch(self, batch: Indices) -> Indices:
        """Every n-th example for n processes; empty where the batch has too few for all."""
        busy = max(1, min(self.size, len(batch) // self.least))
        return batch[self.rank :: busy] if self.rank < busy else batch[:0]

    def of_batches(self, batches: Sequence[Indices], cost: Callable[[Indices], int]) -> Sequence[Indices]:
        """A run of the batches, such that the runs of all cost about the same."""
        ends = np.cumsum([0, *map(cost, batches)])
        middles = (ends[1:] + ends[:-1]) / 2  # of the batches: each belongs where its middle is
        edges = np.searchsorted(middles, np.arange(self.size + 1) * ends[-1] / self.size)
        return batches[edges[self.rank] : edges[self.rank + 1]]


WHOLE = Partition()
