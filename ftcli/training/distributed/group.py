"""The processes that train together, as the loop sees them. A rank is one process of the group.

The ordinary case, one process, is a `Group` whose methods do nothing. Of several, each rank takes its part of every
batch, so that a step is the same step whatever their number; rank 0 leads: it alone writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ftcli.contracts import Block
from ftcli.errors import PeerError

Item = TypeVar("Item")
Key = TypeVar("Key")


class Group:
    """One process.

    Where there are several, all ranks call the methods in the same order: each waits for the others. A method whose
    peers have ended raises `RuntimeError`; `lost` says so in words.
    """

    # Among all ranks, from 0.
    rank = 0
    size = 1
    # Among the ranks of this host, from 0.
    local_rank = 0
    local_size = 1
    # Whether it writes files, and output for the user.
    leads = True
    # Whether torchrun has started it again after a failure.
    restarted = False

    def device(self, device: torch.device, where: str) -> torch.device:
        """The device of this rank, where all were asked for `device`.

        Raises `UserError`, which names `where` it was asked for, if there are too few. Waits for nobody.
        """
        return device

    def shard_model(self, model: Any, blocks: Sequence[Block]) -> None:
        """Where weights are sharded, leave each rank its shard of them. Called before an optimizer is made of them."""

    def wrapped(self, model: nn.Module) -> nn.Module:
        """What training calls instead of `model` while the same parameters train: it averages gradients over ranks."""
        return model

    def no_sync(self, form: nn.Module) -> AbstractContextManager[None]:
        """Within, gradients of `form`, which is of `wrapped`, add up on each rank: more follow before the step."""
        return nullcontext()

    def sum(self, values: Tensor) -> Tensor:
        """The sum over ranks, elementwise, on all ranks."""
        return values

    def max(self, *numbers: int) -> tuple[int, ...]:
        """The largest of each number over ranks, on all ranks."""
        return numbers

    def gather(self, item: Item) -> list[Item]:
        """The items of all ranks, in order, on rank 0; an empty list on the others. Their tensors are on the CPU."""
        return [item]

    def broadcast(self, item: Item) -> Item:
        """The item of rank 0, on all ranks. The items of the others count for nothing."""
        return item

    def broadcast_buffers(self, model: nn.Module) -> None:
        """Give all ranks the buffers of rank 0: the statistics of norms are of each rank's part of the batches."""

    def unshard(self, state: Item) -> Item:
        """A state with all its tensors whole; on the CPU, if weights are sharded."""
        return state

    def shard(self, state: Mapping[Key, Tensor], like: Mapping[Key, Tensor]) -> Mapping[Key, Tensor]:
        """Whole tensors, each sharded as the tensor of its name in `like`: the inverse of `unshard`."""
        return state

    def unsharded(self, model: nn.Module) -> AbstractContextManager[nn.Module]:
        """Within, a model with all its weights on each rank: to score it, no rank has to wait for the others."""
        return nullcontext(model)

    def lost(self, error: BaseException) -> PeerError | None:
        """The `PeerError` for an error which comes of another rank that has ended; None for any other error."""
        return None

    def agreeing(self) -> AbstractContextManager[None]:
        """Within, a `UserError` of any rank ends all of them.

        Rank 0 raises it, with the rank it is of where the errors differ; the others raise `EchoError`.
        """
        return nullcontext()
