"""How processes find each other, and how they hold the weights: one process, DDP or FSDP2.

torchrun starts the processes. `torch.distributed` is imported only where there are several.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ftcli.errors import MISTAKE, EchoError, Interruption, PeerError, UserError
from ftcli.training.distributed.group import Group


@contextmanager
def joined() -> Iterator[Group]:
    """The group of all processes that torchrun has started; a group of this one without torchrun.

    An error of all ranks is reported by rank 0; the others exit with the same status. Raises `PeerError` if the
    processes cannot connect, or if another one ends before its time.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Group()
        return
    import torch.distributed as dist

    from ftcli.training.distributed.ddp import DDPGroup

    try:
        with _killable():
            dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    except RuntimeError as failed:
        reason = str(failed).partition("\n")[0]
        raise PeerError(f"the processes of this training cannot connect: {reason}") from failed
    group = DDPGroup()
    try:
        yield group
    except EchoError:
        sys.exit(MISTAKE)
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


def sharded(group: Group) -> Group:
    """A group of the same processes which divides the weights among its ranks. All ranks call it."""
    if group.size == 1:
        return group
    from ftcli.training.distributed.fsdp import FSDPGroup

    return FSDPGroup()


@contextmanager
def _killable() -> Iterator[None]:
    """Let SIGTERM end the process at once: while it connects, it waits in a call that answers no signal."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
