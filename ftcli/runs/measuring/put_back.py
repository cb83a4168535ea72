"""A session that is used for a while, and then put back bit for bit."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from ftcli.runs.session import Session


@contextmanager
def put_back(session: Session, trained: Collection[str], *, apart: bool = False) -> Iterator[int]:
    """Within it steps may be taken that change the parameters of the names `trained`.

    With `apart` they are taken in children of this process alone, so that no value here changes, and none is copied.

    After it weights, buffers, modes, the cut, the state of the precision and that of all random numbers are what they
    were, whatever happened. Yields how many bytes of this machine's memory the copies take.
    """
    model, device = session.model, session.precision.device
    changing = [value for name, value in model.named_parameters() if name in trained]
    copies = [] if apart else _copied([*changing, *model.buffers()])
    flags = [(value, value.requires_grad) for value in model.parameters()]
    modes = [(module, module.training) for module in model.modules()]
    cut, steps, scale = model.cut, model._steps, session.precision.state_dict()
    numbers, python = np.random.get_state(), random.getstate()
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        try:
            yield sum(copy.nbytes for _, copy in copies) if device.type == "cpu" else 0
        finally:
            with torch.no_grad():
                for value, copy in copies:
                    value.copy_(copy)
            for value, flag in flags:
                value.requires_grad_(flag)
                value.grad = None
            for module, mode in modes:
                module.training = mode
            model.cut, model._steps = cut, steps
            session.precision.load_state_dict(scale)
            np.random.set_state(numbers)
            random.setstate(python)


def _copied(values: Collection[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Each tensor and a copy of it in this machine's memory."""
    return [(value, value.detach().to("cpu", copy=True)) for value in values]
