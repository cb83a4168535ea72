"""Texts as a stream of blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from ftcli.contracts import Encoded, Example, Packing
from ftcli.loading.encoded import Encodings
from ftcli.loading.packing import Packed

LENGTHS = (3, 1, 7, 2, 5)


class Numbered:
    """Examples that are as long as they say."""

    sequence = "input_ids"

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        return [{"input_ids": example.inputs["ids"]} for example in examples]

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        return Encoded(example.id, inputs or self.encode_inputs([example])[0], True)


class Texts:
    """A split whose tokens are numbered through."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self.ids = (
            torch.split(torch.arange(sum(lengths), dtype=torch.int32), list(lengths)) if lengths else ()
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> Example:
        return Example(str(index), {"ids": self.ids[index]}, True)

    def targets(self) -> Sequence[Any]:
        return [True] * len(self)


def blocks(packing: Packing, lengths: Sequence[int] = LENGTHS) -> list[list[int]]:
    packed = Packed(Encodings(Texts(lengths), Numbered()), packing)
    found = [packed.get(index, 0).inputs["input_ids"].tolist() for index in range(len(packed))]
    assert [len(block) for block in found] == packed.lengths().tolist()
    return found


@pytest.mark.parametrize("length", [1, 2, 4, 9, 17, 18, 50])
def test_blocks_are_the_stream(length: int) -> None:
    found = blocks(Packing(length))
    assert [token for block in found for token in block] == list(range(18))
    assert {len(block) for block in found[:-1]} <= {length}


def test_each_block_has_a_frame() -> None:
    found = blocks(Packing(10, (100,), (200, 201)))
    assert all(block[0] == 100 and block[-2:] == [200, 201] for block in found)
    assert [token for block in found for token in block[1:-2]] == list(range(18))


def test_empty_texts_and_none_at_all() -> None:
    assert blocks(Packing(4), (0, 2, 0, 0, 3, 0)) == [[0, 1, 2, 3], [4]]
    assert blocks(Packing(4), ()) == []
