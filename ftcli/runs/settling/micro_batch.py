"""`data.batch_size: auto`: how many examples go through the network at once, so that memory suffices for all of them.

The batch stays the usual one, as does the step. Two real steps on the largest examples of the training split give a
line, peak = a + k B; a third verifies what it says. On a CPU no error comes before the process is killed, so each
step is taken only where the most that the steps before allow for it is below the limit, and in a child.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ftcli.config.measured import AUTO, BATCH
from ftcli.errors import MemoryShortError, UserError, counted
from ftcli.loading.loader import Failure
from ftcli.runs.batches import MEMO_BYTES
from ftcli.runs.measuring.bench import Bench, StepCost, bench
from ftcli.runs.measuring.memory import USABLE
from ftcli.runs.session import Session
from ftcli.system.child import forked
from ftcli.training.distributed.group import Group
from ftcli.training.oom import SMALLER, is_out_of_memory, out_of_memory

# Beside what steps may take, on a CPU: what validation, checkpoints and the report take.
SAFETY = 96 * 2**20
SMALL, LARGE = 2, 16
# Of batch norms, whose statistics of fewer examples are poor.
NORMED = 8
# The smallest size that is as fast as the fastest, but for this share.
SLOWER = 0.05
MOST_STEPS = 4
# Of the examples, a batch that has more makes few steps.
FIFTH = 5


@dataclass(frozen=True, slots=True)
class FoundBatch:
    """The most examples that go through the network at once, in each process, and why."""

    examples: int
    reason: str


def find_micro_batch(session: Session, *, dry: bool = False) -> FoundBatch:
    """How many examples go through the network at once; the same in all processes, which all call it.

    With `dry` nothing is kept in the cache. At most four steps are taken, and the session is afterwards what it was.
    Raises `MemoryShortError` where memory is too short for the fewest that the network takes.
    """
    group, training, size = session.group, session.experiment.training, session.experiment.data.batch
    share = -(-size // group.size)
    with bench(session, apart=_apart(session), dry=dry) as place:
        found, words = _search(place, share, least=NORMED if _normed(place, session) else 1)
    whole = "a whole batch" if found >= share else f"a batch of {size} in parts of {found}"
    steps = f" for steps of {size * training.accumulate}" if training.accumulate > 1 else ""
    return FoundBatch(
        found, f"{whole}{steps}: {words}{_large(size * training.accumulate, len(session.splits.train))}"
    )


def _large(step: int, examples: int) -> str:
    few = f"; {step} is more than a fifth of the {counted(examples, 'example')}, so an epoch has few steps"
    return few if step * FIFTH > examples else ""


def _normed(place: Bench, session: Session) -> bool:
    """Whether batch norms take the statistics of what goes through the network at once."""
    place.policy.enter(session.model, place.busiest())
    return any(isinstance(module, _BatchNorm) and module.training for module in session.model.modules())


def _search(place: Bench, share: int, *, least: int) -> tuple[int, str]:
    """The most examples at once, and what was measured, in words."""
    room, first = _agreed_room(place), min(SMALL, share)
    known = _step(place, first)
    if known is None:
        return _alone(place, room, possible=least < first)
    costs = [known]
    second = _second(costs, room, share)
    if second > first and (cost := _step(place, second)) is not None:
        costs.append(cost)
    return _verified(place, costs, chosen(costs, room, share, least), room)


def _alone(place: Bench, room: int | None, *, possible: bool) -> tuple[int, str]:
    """One example, where memory is too short for two."""
    cost = _step(place, 1) if possible else None
    if cost is None:
        raise out_of_memory()
    return 1, _allowed(1, grown([cost], cost), room)


def _second(costs: Sequence[StepCost], room: int | None, share: int) -> int:
    """The second size: as large as there is room for if all that the first has taken grows with it."""
    wanted, (first,) = min(LARGE, share), costs
    if room is None or not grown(costs, first):
        return wanted
    return min(wanted, room * first.examples // grown(costs, first))


def _apart(session: Session) -> bool:
    """Whether steps are taken in a child, where that works; it writes to copies of the weights, which are its own."""
    return sys.platform == "linux" and session.precision.device.type == "cpu" and session.group.size == 1


def _step(place: Bench, size: int) -> StepCost | None:
    """The cost of one step; None where memory is too short. On a CPU the system may kill a child that takes it."""

    def taken() -> StepCost | Failure | None:
        try:
            return place.measure(place.largest(size), epoch=place.busiest(), steps=1, skip=0)
        except UserError as error:
            return Failure(type(error), str(error))

    def alone() -> StepCost | Failure | None:
        # The threads of this process are not in its child.
        torch.set_num_threads(1)
        try:
            return taken()
        except RuntimeError as error:
            if is_out_of_memory(error):
                return None
            raise

    found = forked(alone) if _apart(place.session) else taken()
    if isinstance(found, Failure):
        raise found.error()
    return _agreed(place.session.group, found)


def _agreed(group: Group, cost: StepCost | None) -> StepCost | None:
    """The most that a step costs in any process, so that all decide alike and take as many steps."""
    known = [0, 0, 0] if cost is None else [cost.peak_bytes, -cost.held_bytes, round(cost.seconds * 1e9)]
    short, peak, held, nanoseconds = group.max(cost is None, *known)
    if cost is None or short:
        return None
    return replace(cost, peak_bytes=peak, held_bytes=-held, seconds=nanoseconds / 1e9)


def _agreed_room(place: Bench) -> int | None:
    """The least that a step may take in any process; None where the system of one does not say what is free."""
    room = _room(place)
    unknown, least = place.session.group.max(room is None, -(room or 0))
    return None if unknown else -least


def _room(place: Bench) -> int | None:
    """What a step may take beside what is held before it; None where the system does not say what is free."""
    free = place.memory.free()
    if free is None:
        return None
    room = int(USABLE * free)
    if place.memory.device.type == "cpu":
        room -= SAFETY
        if place.caching.inputs is None:  # encoded examples stay in memory
            sample = place.batches.sample()
            each = sum(value.nbytes / len(value) for value in sample.values())
            room -= min(MEMO_BYTES, int(each * place.batches.split_size))
    return max(0, room)


def grown(costs: Sequence[StepCost], cost: StepCost) -> int:
    """What a step has taken beside what was held before the first one; what stays from one to the next counts."""
    return max(0, cost.peak_bytes - costs[0].held_bytes)


def line(costs: Sequence[StepCost]) -> tuple[float, float]:
    """Bytes for no example and for each beside what is held, a and k, by the first and the last size."""
    first, last = costs[0], costs[-1]
    if first.examples == last.examples:
        return 0.0, grown(costs, last) / last.examples
    each = max(0.0, (grown(costs, last) - grown(costs, first)) / (last.examples - first.examples))
    return grown(costs, last) - each * last.examples, each


def rounded(size: int) -> int:
    """A multiple of 8, or a power of 2 below."""
    return size // 8 * 8 if size >= 8 else 1 << (max(1, size).bit_length() - 1)


def chosen(costs: Sequence[StepCost], room: float | None, share: int, least: int) -> int:
    """The most examples at once, of `share`, that these costs allow in `room`; `least` where batch norms need that.

    Beyond twice the largest size that was measured the line is not trusted.
    """
    start, each = line(costs)
    fits = min(share, 2 * costs[-1].examples)
    if room is not None and start + each * fits > room:
        fits = int(max(0.0, room - start) / each) if each > 0 else 1
    fits = fits if fits >= share else rounded(fits)
    if least > 1:  # smaller parts change what batch norms learn, and a whole batch does not
        return min(share, max(fits, least))
    return min(fits, knee(costs, fits))


def knee(costs: Sequence[StepCost], most: int) -> int:
    """The smallest multiple of 8 whose examples a second are within 5 % of those of `most`, by a line through times."""
    first, last = costs[0], costs[-1]
    if first.examples == last.examples or most <= 8:
        return most
    each = (last.seconds - first.seconds) / (last.examples - first.examples)
    start = max(0.0, last.seconds - each * last.examples)
    if each <= 0:
        return most
    best = most / (start + each * most)
    fast = [size for size in range(8, most, 8) if size / (start + each * size) >= (1 - SLOWER) * best]
    return fast[0] if fast else most


def _verified(place: Bench, costs: Sequence[StepCost], size: int, room: int | None) -> tuple[int, str]:
    """The size, if a step of it stays below the limit; else half of it."""
    known = {cost.examples: cost for cost in costs}
    for _ in range(MOST_STEPS - len(costs)):
        cost = known.get(size) or _step(place, size)
        if cost is not None and (room is None or grown(costs, cost) <= room or size == 1):
            return size, _allowed(size, grown(costs, cost), room)
        size = rounded(max(1, size // 2))
    return size, f"memory is too short for {2 * size}"


def _allowed(size: int, bytes_: int, room: int | None) -> str:
    """What a step takes, in words. Raises `MemoryShortError` where it is more than it may take.

    On a CPU the training would be killed without a word after some steps, as its heap grows from one to the next.
    """
    words = _words(size, bytes_, room)
    if room is not None and bytes_ > room:
        raise MemoryShortError(
            f"{BATCH}: {AUTO}: {words}: freeze more blocks, or make examples smaller ({SMALLER}); a number for "
            f"{BATCH} is tried without measuring"
        )
    return words


def _words(size: int, bytes_: int, room: int | None) -> str:
    peak = f"a step on the {counted(size, 'largest example')} takes {bytes_ / 2**20:,.0f} MiB"
    return peak if room is None else f"{peak} of {room / 2**20:,.0f} that it may take"
