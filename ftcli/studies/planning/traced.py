"""The memory of training steps without taking them: their operations are traced, on tensors that hold no numbers."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch
from ftcli.loading.batch_sampler import Indices
from ftcli.runs.assembly import build_part
from ftcli.runs.measuring.bench import Bench, bench
from ftcli.runs.measuring.curve import Curve
from ftcli.runs.session import Session
from ftcli.studies.planning.allocations import Allocations, Event
from ftcli.studies.planning.allocations import most as most_of
from ftcli.studies.planning.heap import Heap
from ftcli.training.optimizers import parameter_groups

Events = list[Event]

# Examples of the batches that are traced with numbers, where a network cannot be traced without.
FEW = (2, 4)
# In the second step the optimizer's state is there from the beginning, in the third the holes in the heap are, too.
STEPS = 3
# Blocks of PyTorch's allocator for GPUs are multiples of this.
UNIT = 512


class Traced(NamedTuple):
    """Bytes that a training takes at its peak beside the weights: inputs, activations, gradients, optimizer state."""

    bytes: int
    # Of the heap of a CPU, with the holes between tensors.
    heap: int
    # Whether the tensors held no numbers; else small steps were taken, and the peak is on a line through them.
    without_numbers: bool


def traced(session: Session) -> Traced:
    """The peak of the largest batch of a training, in the epoch in which most trains, or of the pass through the frozen
    blocks that gives the features that are kept.

    The examples of one batch are read, and frozen blocks whose features are kept run on them. The session stays as it
    was.
    """
    with bench(session) as place, warnings.catch_warnings():
        # Of hooks, where a network cannot be traced.
        warnings.simplefilter("ignore")
        epoch = place.busiest()
        batches = place.batches.order.batches(epoch)
        steps = _peak(partial(_steps, place, epoch), max(batches, key=place.batches.order.cost))
        if not place.keeps_features(epoch):
            return steps
        features = _peak(partial(_features, place, epoch), place.batches.largest_window())
        return Traced(
            max(steps.bytes, features.bytes),
            max(steps.heap, features.heap),
            steps.without_numbers and features.without_numbers,
        )


def _peak(events: Callable[[Indices, bool], Events], indices: Indices) -> Traced:
    """That of `events(examples, fake)`: the tensors, and the heap that they are in."""
    try:
        return Traced(*_of(events(indices, True)), True)
    # Whatever cannot be traced so, such as a mask that asks for its values.
    except Exception:
        sizes = [min(size, len(indices)) for size in FEW]
        pairs = [_of(events(indices[:size], False)) for size in sizes]
        used, heap = (round(Curve.through(sizes, peaks)(len(indices))) for peaks in zip(*pairs, strict=True))
        return Traced(used, heap, False)


def _of(events: Events) -> tuple[int, int]:
    return most_of(events, UNIT), Heap().replay(events)


def _steps(place: Bench, epoch: int, indices: Indices, fake: bool) -> Events:
    """What some steps on these examples take beside the weights."""
    session, training = place.session, place.session.experiment.training
    most = min(len(indices), training.micro_batch or len(indices))
    batch = place.batches.chosen(indices[:most], epoch)
    place.policy.enter(session.model, epoch)
    with _without_numbers() if fake else nullcontext(None) as mode:
        model, batch = _copied(session.model, mode), _faked(batch, mode)
        optimizer = _optimizer(session, model, place.policy.trainable(epoch))
        tensors = [*batch.inputs.values(), *model.parameters(), *model.buffers()]
        allocations = Allocations(tensors)
        # Gradients of the first part are there when the second goes through.
        parts = 2 if training.accumulate > 1 or most < len(indices) else 1
        taken = [0]
        with allocations:
            for _ in range(STEPS):
                # The next batch is there before the last one goes.
                taken.append(allocations.take(sum(value.nbytes for value in batch.inputs.values())))
                allocations.give_back(taken.pop(0))
                for _ in range(parts):
                    with session.precision.autocast():
                        loss = session.task.loss(session.task.outputs(model, batch), batch)
                    loss.total.backward()  # type: ignore[no-untyped-call]
                    del loss
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
    return allocations.events


def _features(place: Bench, epoch: int, indices: Indices, fake: bool) -> Events:
    """What the frozen blocks take for these examples, beside the weights of the network as it trains."""
    batch = next(place.batches.inputs(epoch, [indices]))
    cut = place.session.model.cut
    assert cut is not None
    # It makes their inference form, which takes numbers.
    next(place.batches.compute(epoch, [indices[:1]]))
    with _without_numbers() if fake else nullcontext(None) as mode:
        batch = _faked(batch, mode)
        allocations = Allocations(batch.inputs.values())
        with allocations:
            allocations.take(cut.own_bytes() + sum(value.nbytes for value in batch.inputs.values()))
            for _ in range(STEPS):
                cut.begin(batch.inputs)
    return allocations.events


def _optimizer(session: Session, model: Any, trained: frozenset[str]) -> torch.optim.Optimizer:
    rates = build_part(session.experiment, "optimizer")
    groups = parameter_groups(model, session.model.blocks, rates, trained)
    # A fused one needs numbers.
    optimizer: torch.optim.Optimizer = rates._make(groups, fused=False)
    return optimizer


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
