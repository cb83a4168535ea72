"""Examples as what the frozen blocks make of them: features at a cut, each computed once and kept on a bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor

from ftcli.contracts import Encoded
from ftcli.loading.batch_sampler import Indices
from ftcli.loading.encoded import Encodings
from ftcli.loading.loader import example_seed
from ftcli.store.bucket import Bucket
from ftcli.store.fingerprints import Key, content_key

Compute = Callable[[Sequence[Indices]], Iterator[Sequence[Tensor]]]


class Features:
    """The examples of a split, with `features` in the place of their inputs, or beside them if `with_inputs`.

    `compute(windows)` gives the features at the cut of each example of each window of indices. `seed` is None where
    nothing random happens before the cut; else each example has features of its own in each of `views` epochs.
    """

    def __init__(
        self,
        examples: Encodings,
        bucket: Bucket,
        compute: Callable[[int], Compute],
        *,
        seed: int | None,
        views: int = 1,
        with_inputs: bool = False,
    ) -> None:
        self.examples, self.bucket = examples, bucket
        self._compute, self._seed, self._views, self._with_inputs = compute, seed, views, with_inputs

    def __len__(self) -> int:
        return len(self.examples)

    def key(self, index: int, epoch: int) -> Key:
        """What the features of an example are kept under: its content, and how it is augmented."""
        key = self.examples.key(index)
        if self._seed is None:
            return key
        return content_key(key, str(example_seed(self._seed, epoch % self._views, index)))

    def missing(self, windows: Sequence[Indices], epoch: int) -> list[Indices]:
        """The windows that hold an example without features."""
        self.bucket.refresh()
        if self.bucket.is_empty:  # the keys are not needed yet, and files are read when they are decoded
            return list(windows)
        return [
            window
            for window in windows
            if any(self.key(i, epoch) not in self.bucket for i in window.tolist())
        ]

    def fill(self, windows: Sequence[Indices], epoch: int) -> Iterator[int]:
        """Compute and keep the features of `windows`; yields how many examples each had.

        A window is always computed whole, so that what is kept does not depend on where an earlier filling ended.
        """
        for window, rows in zip(windows, self._compute(epoch % self._views)(windows), strict=True):
            for index, row in zip(window.tolist(), rows, strict=True):
                self.bucket.put(self.key(index, epoch), {"features": row})
            yield len(window)

    def get(self, index: int, epoch: int) -> Encoded:
        """The example with its features; they are computed again if they have gone meanwhile."""
        stored = self.bucket.get(self.key(index, epoch))
        if stored is None:
            window = np.array([index])
            stored = {"features": next(self._compute(epoch % self._views)([window]))[0]}
        if not self._with_inputs:
            return self.examples.bare(index, stored)
        encoded = self.examples.get(index, epoch)
        return replace(encoded, inputs={**encoded.inputs, **stored})

    def refresh(self) -> None:
        """See what other processes have put on the bucket."""
        self.bucket.refresh()
