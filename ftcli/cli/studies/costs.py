"""What a training will cost, in words: one line before it starts, and rows for `ftcli plan`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ftcli.cli.estimate import duration
from ftcli.cli.figures import size
from ftcli.errors import command, counted

if TYPE_CHECKING:
    from ftcli.runs.measuring.cost import Cost
    from ftcli.runs.measuring.disk import Disk
    from ftcli.studies.planning.planning import Planned


def cost_line(cost: Cost, free: int | None, *, patient: bool) -> str:
    """Memory, time and disk, and how they are known; `free` is the memory that is there for the training."""
    parts = [memory_words(cost, free)]
    if cost.seconds is not None:
        parts.append(f"{'at most ' if patient else ''}{duration(cost.seconds)}")
    parts.append(f"{size(cost.disk.at_end())} on disk")
    how = f" (by {cost.memory_source})"
    unknown = f"; {command('plan', '...')} measures memory and time" if cost.seconds is None else ""
    return ", ".join(parts) + how + unknown


def memory_words(cost: Cost, free: int | None) -> str:
    """The peak, of what is there."""
    if cost.memory is None:
        return "memory unknown"
    least = "at least " if cost.at_least else ""
    of = "" if free is None else f" of {size(free)}"
    return f"{least}{size(cost.memory)} of memory" if not of else f"{least}{size(cost.memory)}{of} memory"


def cost_rows(found: Planned, *, patient: bool) -> Iterator[tuple[str, str]]:
    """The rows of `ftcli plan`; `patient`: early stopping may end the training sooner."""
    cost = found.cost
    yield "memory", f"{memory_words(cost, found.room)}, by {cost.memory_source}"
    yield "time", time_words(found, patient=patient)
    yield "disk", disk_words(cost.disk, found.disk_free)
    if found.price is not None:
        known = "not known without the time," if found.money is None else money_words(found.money)
        yield "money", f"{known} at {found.price:g} an hour"


def time_words(found: Planned, *, patient: bool) -> str:
    """The parts that take time, and their sum with the start of the program and the probe."""
    cost = found.cost
    if cost.seconds is None:
        return "not known: nothing was run on this device"
    parts = [f"start {duration(found.started)}"]
    parts += [f"probe {duration(found.probe)}"] if found.probe is not None else []
    parts += [f"{part.name} {duration(part.seconds)}" for part in cost.parts if part.seconds >= 0.05]
    less = "; early stopping may end it sooner" if patient else ""
    return f"{duration(found.before + cost.seconds)} = {' + '.join(parts)}{less}"


def disk_words(disk: Disk, free: int | None) -> str:
    """Checkpoints, what they share, and what is kept for later runs."""
    parts = [f"{counted(disk.kept, 'checkpoint')} of {size(disk.checkpoint)}"]
    parts += [f"{size(disk.shared)} that they share"] if disk.shared else []
    parts += [f"{size(disk.papers)} of reports and lists"]
    parts += [f"up to {size(disk.store)} in the cache"] if disk.store else []
    of = "" if free is None else f" of {size(free)} free"
    return f"{size(disk.at_end() + disk.store)} = {' + '.join(parts)}; up to {size(disk.most)}{of} meanwhile"


def money_words(value: float) -> str:
    """An amount: two decimals, or two digits of less than a tenth."""
    return f"{value:.2f}" if value >= 0.095 or value == 0 else f"{value:.2g}"


def ending_rows(cost: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """What was predicted beside what it was; nothing where nothing was."""
    predicted, real = (cost or {}).get("predicted"), (cost or {}).get("real")
    if not predicted or not real or not real["memory_bytes"]:
        return
    words = [f"{size(real['memory_bytes'])} of memory, {duration(real['seconds'])}"]
    if not predicted["memory_is_at_least"] and predicted["seconds"] is not None:
        words.append(f"expected were {size(predicted['memory_bytes'])}, {duration(predicted['seconds'])}")
    yield "cost", "; ".join(words)
