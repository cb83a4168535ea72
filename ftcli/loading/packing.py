"""Encoded texts as one stream, cut into blocks of equal length: no place of a batch is padding.

A view over the encoded texts, which are stored as they are: a block reads those that it has a piece of. The last block
is what is left. A token sees those of earlier texts in its block, as in GPT-3 (Brown et al. 2020).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ftcli.contracts import Encoded, Packing
from ftcli.loading.encoded import Encodings


class Packed:
    """The blocks of a split, as examples for a loader. Texts keep their order: a block is the same in every epoch."""

    def __init__(self, texts: Encodings, packing: Packing) -> None:
        """Raises `DataError` for a text that cannot be encoded: every text is, to know where the blocks begin."""
        lengths = texts.lengths()
        self._texts, self._packing = texts, packing
        self._ends: NDArray[np.int64] = np.cumsum(
            np.zeros(0, np.int64) if lengths is None else lengths, dtype=np.int64
        )
        self._room = packing.length - len(packing.before) - len(packing.after)

    def __len__(self) -> int:
        return math.ceil(self._tokens / self._room)

    @property
    def _tokens(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def lengths(self) -> NDArray[np.int32]:
        """Tokens of each block."""
        lengths = np.full(len(self), self._packing.length, np.int32)
        if spare := len(self) * self._room - self._tokens:
            lengths[-1] -= spare
        return lengths

    def get(self, index: int, epoch: int) -> Encoded:
        """One block; its seed is left to the loader."""
        start, end = index * self._room, min((index + 1) * self._room, self._tokens)
        pieces = [torch.tensor(self._packing.before, dtype=torch.int32)]
        first, last = np.searchsorted(self._ends, [start, end - 1], side="right").tolist()
        for text in range(first, last + 1):
            pieces.append(self._piece(text, start, end, epoch))
        pieces.append(torch.tensor(self._packing.after, dtype=torch.int32))
        return Encoded(f"block {index + 1}", {"input_ids": torch.cat(pieces)}, True)

    def _piece(self, text: int, start: int, end: int, epoch: int) -> Tensor:
        """The tokens of a text that lie between two places of the stream."""
        begin = int(self._ends[text - 1]) if text else 0
        ids: Tensor = self._texts.get(text, epoch).inputs["input_ids"]
        return ids[max(0, start - begin) : end - begin]

    def refresh(self) -> None:
        """See what other processes have put on the bucket."""
        self._texts.refresh()
