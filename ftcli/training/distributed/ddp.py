"""Ranks that each have all the weights, and average their gradients: DistributedDataParallel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ftcli.errors import EchoError, PeerError, UserError
from ftcli.training.distributed.group import Group

Item = TypeVar("Item")


class DDPGroup(Group):
    """Several processes that have met in `torch.distributed`."""

    def __init__(self) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.local_rank, self.local_size = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
        self.leads = self.rank == 0
        # torchrun counts restarts only on the host that failed: take the maximum.
        (restarts,) = self.max(int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")))
        self.restarted = restarts > 0
        self._form: DistributedDataParallel | None = None
        self._trains: frozenset[str] = frozenset()

    def device(self, device: torch.device, where: str) -> torch.device:
        if device.type == "cpu":
            return device
        if device != torch.device("cuda"):
            raise UserError(
                f"{where}: {device} is one device, for {self.size} processes; 'cuda' gives each its own"
            )
        if torch.cuda.device_count() < self.local_size:
            raise UserError(
                f"{where}: {self.local_size} processes on this host, which has {torch.cuda.device_count()} GPUs: "
                "start one for each"
            )
        torch.cuda.set_device(self.local_rank)
        return torch.device("cuda", self.local_rank)

    def wrapped(self, model: nn.Module) -> nn.Module:
        trains = frozenset(name for name, parameter in model.named_parameters() if parameter.requires_grad)
        if self._form is None or self._form.module is not model or trains != self._trains:
            # Networks have parameters that a task does not use, such as a pooler: DDP has to look for them.
            self._form = DistributedDataParallel(model, find_unused_parameters=True)
            self._trains = trains
        return self._form

    def no_sync(self, form: nn.Module) -> AbstractContextManager[None]:
        assert isinstance(form, DistributedDataParallel)
        return form.no_sync()

    def sum(self, values: Tensor) -> Tensor:
        together = values.clone()
        dist.all_reduce(together)
        return together

    def max(self, *numbers: int) -> tuple[int, ...]:
        together = torch.tensor(numbers, dtype=torch.int64)
        dist.all_reduce(together, dist.ReduceOp.MAX)
        return tuple(together.tolist())

    def gather(self, item: Item) -> list[Item]:
        items: list[Any] = [None] * self.size
        dist.gather_object(item, items if self.leads else None)
        return items if self.leads else []

    def broadcast(self, item: Item) -> Item:
        items: list[Any] = [item if self.leads else None]
        dist.broadcast_object_list(items)
        return items[0]  # type: ignore[no-any-return]

    def broadcast_buffers(self, model: nn.Module) -> None:
        for buffer in model.buffers():
            dist.broadcast(buffer, 0)

    def lost(self, error: BaseException) -> PeerError | None:
        if not isinstance(error, RuntimeError) or not (
            isinstance(error, dist.DistError) or "gloo" in str(error)
        ):
            return None
        lost = PeerError("another process of this training is gone, so this one ends")
        lost.__cause__ = error
        return lost

    @contextmanager
    def agreeing(self) -> Iterator[None]:
        mistake: UserError | None = None
        try:
            yield
        except UserError as error:
            mistake = error
        found: list[str | None] = [None] * self.size
        dist.all_gather_object(found, None if mistake is None else str(mistake))
        if not any(one is not None for one in found):
            return
        if not self.leads:
            raise EchoError
        if mistake is not None and len(set(found)) == 1:
            raise mistake
        raise UserError(
            "\n".join(f"process {rank}: {one}" for rank, one in enumerate(found) if one is not None)
        )
