"""What optimizer steps cost on this machine, by taking some."""

from __future__ import annotations

from collections.abc import Sequence

from ftcli.runs.measuring.bench import StepCost, bench
from ftcli.runs.session import Session


def measure(
    session: Session, sizes: Sequence[int], *, steps: int = 5, skip: int = 2, accumulate: int = 1
) -> list[StepCost]:
    """What an optimizer step costs at each of `sizes`, examples that go through the network together.

    Real steps, by the session's optimizer and in its precision, on the longest examples of the training split, as the
    epoch trains in which most parameters do; each step takes `accumulate` batches. The first `skip` of them are
    not timed. Afterwards the session is what it was, bit for bit.

    The steps are taken in this process, so its own memory counts, as in a training. Peaks are right if `sizes` rise.
    Where memory is too short for a size the list ends before it; on a CPU the system may kill the process instead, so
    measure small sizes, and see what is free (`DeviceMemory.free`), before large ones.

    Raises `NotFiniteError` where a step gives no finite loss, and `DataError` for an example that cannot be read.
    """
    costs: list[StepCost] = []
    with bench(session) as place:
        epoch = place.busiest()
        for size in sizes:
            cost = place.measure(
                place.largest(size), epoch=epoch, steps=steps, skip=skip, accumulate=accumulate
            )
            if cost is None:
                break
            costs.append(cost)
    return costs
