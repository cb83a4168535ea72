"""Processes that train together, on PyTorch's own engine: torchrun starts them, and they meet in `torch.distributed`.

The ordinary case, one process, is a `Group` that does nothing. Among several each has its part of every batch, so that
a step is the same step whatever their number; and the first of them, which `leads`, writes.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ftcli.contracts import Block
from ftcli.errors import EchoError, Interruption, PeerError, UserError

Item = TypeVar("Item")
Key = TypeVar("Key")


class Group:
    """One process: nothing to share, nobody to wait for."""

    rank = 0  # among all, counted from 0
    size = 1
    local_rank = 0  # among those of this host
    local_size = 1
    leads = True  # whether it writes, and speaks to the user
    restarted = False  # whether torchrun has started it anew after a failure

    def device(self, device: torch.device, where: str) -> torch.device:
        """The device of this process, where all were asked for `device`. Raises `UserError` if there are too few."""
        return device

    def sharding(self) -> Group:
        """The same processes, which share the weights among them."""
        return self

    def spread(self, model: Any, blocks: Sequence[Block]) -> None:
        """Leave each process its share of the weights, where they are shared, before an optimizer is made of them."""

    def trained(self, model: nn.Module) -> nn.Module:
        """The form of `model` that training calls while the same parameters train: it gives mean gradients."""
        return model

    def apart(self, form: nn.Module) -> AbstractContextManager[None]:
        """Within, gradients stay in each process, because more are to come before the step."""
        return nullcontext()

    def sum(self, values: Tensor) -> Tensor:
        """The sum of the values of all processes."""
        return values

    def most(self, *numbers: int) -> tuple[int, ...]:
        """The largest of each number in any process."""
        return numbers

    def gathered(self, item: Item) -> list[Item]:
        """The items of all processes in order, where it leads; nothing elsewhere. What they hold is on the CPU."""
        return [item]

    def told(self, item: Item) -> Item:
        """What the one that leads has."""
        return item

    def align(self, model: nn.Module) -> None:
        """Give all processes the buffers of the one that leads: the statistics of norms are of its part alone."""

    def whole(self, state: Item) -> Item:
        """A state with all its tensors whole, and on the CPU where they were shared."""
        return state

    def parted(self, state: Mapping[Key, Tensor], like: Mapping[Key, Tensor]) -> Mapping[Key, Tensor]:
        """Whole tensors, each shared as the one of its name in `like` is."""
        return state

    def gathering(self, model: nn.Module) -> AbstractContextManager[nn.Module]:
        """The model with all its weights in each process, for as long: to score it, none has to wait for the others."""
        return nullcontext(model)

    def lost(self, error: BaseException) -> PeerError | None:
        """What an error means that comes of a process which is gone; None for any other."""
        return None

    def agreeing(self) -> AbstractContextManager[None]:
        """Within, a mistake of the user that any process meets ends all of them, and is told once."""
        return nullcontext()


@contextmanager
def joined() -> Iterator[Group]:
    """The processes that torchrun has started, met; or this one alone.

    What all of them met is told by the one that leads; the others end with its status.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Group()
        return
    import torch.distributed as dist

    from ftcli.training.distributed.ddp import Processes

    try:
        with _killable():
            dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    except RuntimeError as apart:
        reason = str(apart).partition("\n")[0]
        raise PeerError(f"the processes of this training do not meet: {reason}") from apart
    group = Processes()
    try:
        yield group
    except EchoError:
        sys.exit(2)
    except Interruption as interruption:
        if group.leads:
            raise
        sys.exit(interruption.status)
    except (UserError, RuntimeError) as raised:
        error = group.lost(raised) or raised
        if group.leads or isinstance(error, RuntimeError):
            raise error from error.__cause__
        raise UserError(f"process {group.rank} of {group.size}: {error}") from error
    dist.destroy_process_group()


@contextmanager
def _killable() -> Iterator[None]:
    """Within, a request to terminate ends the process at once: it waits for others in a call that hears of none."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
