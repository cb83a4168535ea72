"""The memory of a training step without taking one: its operations are traced, on tensors that hold no numbers.

The only place that knows `torch.distributed._tools.MemTracker`, which is private to PyTorch.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from ftcli.contracts import Batch
from ftcli.loading.batch_sampler import Indices
from ftcli.runs.assembly import build_part
from ftcli.runs.measuring.bench import Bench, bench
from ftcli.runs.measuring.curve import Curve
from ftcli.runs.session import Session
from ftcli.training.optimizers import parameter_groups

# Examples of the batches that are traced with numbers, where a network cannot be traced without.
FEW = (2, 4)


class Traced(NamedTuple):
    """Bytes that a training holds at its peak beside the program: weights, gradients, optimizer state, activations."""

    bytes: int
    # Of these, the weights and buffers, which are there before the first step.
    weights: int
    # Whether the tensors held no numbers; else small steps were taken, and the peak is on a line through them.
    without_numbers: bool


def traced(session: Session) -> Traced:
    """The peak of the largest batch of a training, in the epoch in which most trains.

    The examples of one batch are read, and frozen blocks whose features are kept run on them. The session stays as it
    was.
    """
    with bench(session) as place, warnings.catch_warnings():
        # Of hooks, where a network cannot be traced.
        warnings.simplefilter("ignore")
        epoch = place.busiest()
        batches = place.batches.order.batches(epoch)
        largest = max(batches, key=place.batches.order.cost)
        weights = sum(value.nbytes for value in (*session.model.parameters(), *session.model.buffers()))
        try:
            return Traced(_peak(place, largest, epoch, fake=True), weights, True)
        # Whatever cannot be traced so, such as a mask that asks for its values.
        except Exception:
            sizes = [min(size, len(largest)) for size in FEW]
            peaks = [_peak(place, largest[:size], epoch, fake=False) for size in sizes]
            return Traced(round(Curve.through(sizes, peaks)(len(largest))), weights, False)


def _peak(place: Bench, indices: Indices, epoch: int, *, fake: bool) -> int:
    """The peak of two steps: in the second the optimizer's state is there from the beginning."""
    from torch.distributed._tools.mem_tracker import MemTracker

    session, batch = place.session, place.batches.chosen(indices, epoch)
    place.policy.enter(session.model, epoch)
    with _without_numbers() if fake else nullcontext(None) as mode:
        model, batch = _copied(session.model, mode), _faked(batch, mode)
        optimizer = _optimizer(session, model, place.policy.trainable(epoch))
        tracker = MemTracker()
        tracker.track_external(model, optimizer)
        tracker._param_to_grad_hook_handles = _Hooked()
        with tracker:
            for _ in range(2):
                tracker.reset_mod_stats()
                with session.precision.autocast():
                    loss = session.task.loss(session.task.outputs(model, batch), batch)
                loss.total.backward()  # type: ignore[no-untyped-call]
                del loss
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        return _total(tracker.get_tracker_snapshot("peak"))


def _optimizer(session: Session, model: Any, trained: frozenset[str]) -> torch.optim.Optimizer:
    rates = build_part(session.experiment, "optimizer")
    groups = parameter_groups(model, session.model.blocks, rates, trained)
    # A fused one needs numbers.
    optimizer: torch.optim.Optimizer = rates._make(groups, fused=False)
    return optimizer


class _Hooked(WeakIdKeyDictionary):
    """The hooks of parameters. One that does not train counts as hooked: PyTorch refuses to hook it."""

    def get(self, key: Tensor, default: Any = None) -> Any:
        return super().get(key, default) if key.requires_grad else ()  # type: ignore[no-untyped-call]


def _total(snapshot: Any) -> int:
    """The bytes on all devices at once."""
    return sum(int(found["Total"]) for found in snapshot.values())


@contextmanager
def _without_numbers() -> Iterator[Any]:
    from torch._subclasses import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        yield mode


def _copied(model: nn.Module, mode: Any) -> Any:
    """A copy of the network whose tensors hold no numbers; of the network itself its steps would change the weights."""
    if mode is None:
        return copy.deepcopy(model)
    from torch._subclasses.fake_tensor import FakeCopyMode

    with FakeCopyMode(mode):
        return copy.deepcopy(model)


def _faked(batch: Batch, mode: Any) -> Batch:
    def faked(value: Tensor) -> Tensor:
        made: Tensor = value if mode is None else mode.from_tensor(value)
        return made

    return batch.each(faked)
