"""The values of the masks of a split, and whether 255 is one of the classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.data.masks.mask_file import Loaded

IGNORED = 255  # the value of unlabelled pixels, as in Pascal VOC
NONE = "none"  # of `data.ignore_index`: every value is a class
# Masks in which the shape of what is 255 is measured, and about how large they are then.
LOOKED_AT, SIDE = 24, 600
# What is narrower than this share of the shorter side of a mask is a border; so much of 255 may be.
NARROW, BORDER = 1 / 40, 0.1
STEP = 8  # between values that are made to be seen; numbers of classes are nearer to each other

Ignore = int | str | None  # as `data.ignore_index`
Told = tuple[Ignore, str]  # that, and why


@dataclass(frozen=True, slots=True)
class Decision:
    """Which value does not count, and why; `decided` where the masks told, `given` where the configuration did."""

    ignore: Ignore
    why: str = ""
    decided: bool = False
    given: bool = False

    def is_class(self, value: int) -> bool:
        """Whether the pixels of a value have a class."""
        return value != self.ignore


@dataclass(slots=True)
class Survey:
    """What the masks of a split hold, gathered while each is read."""

    pixels: Counter[int] = field(default_factory=Counter)  # by value
    masks: Counter[int] = field(default_factory=Counter)  # that have the value
    rounded: Counter[str] = field(default_factory=Counter)
    palettes: dict[int, bytes] = field(default_factory=dict)  # the colour of each index
    other_palettes: int = 0  # masks in which an index has another colour than in the masks before
    having: list[int] = field(default_factory=list)  # masks that have 255, by their positions
    alone: int = 0  # those of them that have nothing else but 0

    def add(self, position: int, counts: Mapping[int, int], loaded: Loaded) -> None:
        """What one mask holds."""
        if loaded.palette is not None:
            colours = {value: loaded.palette[3 * value : 3 * value + 3] for value in counts}
            known = {value: self.palettes.setdefault(value, colour) for value, colour in colours.items()}
            self.other_palettes += known != colours
        self.pixels.update(counts)
        self.masks.update(counts.keys())
        if loaded.rounded:
            self.rounded.update(masks=1, pixels=loaded.rounded)
        if IGNORED in counts:
            self.having.append(position)
            self.alone += counts.keys() <= {0, IGNORED}

    def named(self, colours: Mapping[int, str]) -> dict[int, str]:
        """The names of indices by their colours 0xRRGGBB; none if palettes differ, or two indices have one name."""
        known = {value: int.from_bytes(colour) for value, colour in self.palettes.items()}
        names = {value: colours[colour] for value, colour in known.items() if colour in colours}
        return {} if self.other_palettes or len({*names.values()}) < len(names) else names

    def decide(
        self, read: Callable[[int], NDArray[Any]], named: int = 0, table: Collection[int] = ()
    ) -> Decision:
        """Whether 255 is a class, by the other values, and by the shape of what is 255 in a few masks.

        `named` is how many names of classes are given, if any, and `table` has the values that a table names.
        """
        if IGNORED not in self.pixels:
            return Decision(IGNORED)
        others = sorted(value for value in self.pixels if value != IGNORED)
        told = by_table(table) if table else by_values(others, named)
        if told is None:
            told = self._by_shape(others, border_share(read(position) for position in _spread(self.having)))
        return Decision(*told, decided=True)

    def _by_shape(self, others: Sequence[int], borders: float) -> Told:
        near = min(np.diff(others)) == 1
        if not near and borders <= BORDER:
            return NONE, f"as it fills areas, and no borders, beside {_listed(others)}"
        usual = f"as is usual beside numbered classes ({_listed(others)})"
        reasons = [usual if near else "as it is in narrow borders"]
        if borders <= BORDER:
            reasons.append("though it fills areas")
        if near and self.alone == len(self.having):
            reasons.append("though masks that have it have nothing else but 0: are they of another kind?")
        return IGNORED, ", ".join(reasons)

    def notes(self, decision: Decision, training: bool = True) -> Iterator[str]:
        """What was decided, and what was rounded, with counts."""
        if self.rounded:
            yield (
                f"{self.rounded['masks']:,} masks are black and white with {self.rounded['pixels']:,} pixels between "
                "both, as JPEG or smoothing leaves them: each counts as the nearer of 0 and 255"
            )
        if self.other_palettes:
            yield (
                f"{self.other_palettes:,} masks have another palette than those before: their classes are read from "
                "the indices, which are wrong if each file has a palette of its own"
            )
        value = decision.ignore if isinstance(decision.ignore, int) else IGNORED
        if value not in self.pixels:
            if training and decision.given and decision.ignore != NONE:
                yield f"no pixel has the value {value}, which data.ignore_index leaves out"
            return
        where = f"{self.pixels[value]:,} pixels in {self.masks[value]:,} masks"
        why = f", {decision.why}" if decision.why else ""
        if decision.ignore == NONE:
            yield f"255 is a class: {where}{why}. data.ignore_index: 255 leaves it out"
        else:
            yield f"{value} does not count: {where}{why} (data.ignore_index; none makes it a class)"


def by_table(table: Collection[int]) -> Told:
    """Whether 255 is a class, by the values that a table names."""
    if IGNORED in table:
        return NONE, "as the table of classes names it"
    return IGNORED, "as the table of classes does not name it"


def by_values(others: Sequence[int], named: int) -> Told | None:
    """Whether 255 is a class, by the other values, and how many names are given; None where these do not tell."""
    if len(others) < 2:
        return NONE, f"as the only other value is {others[0]}" if others else "as the only value"
    if named and others[-1] < named:
        return IGNORED, f"as the names are those of 0 to {named - 1}"
    if named == len(others):
        return IGNORED, f"as there are {named} names for the others"
    if named == len(others) + 1:
        return NONE, f"as there are {named} names"
    if is_stepped(others):
        return NONE, f"as the values are steps to it ({_listed(others)}, 255)"
    return None


def is_stepped(others: Sequence[int]) -> bool:
    """Whether values and 255 lie so far apart as only values do that are made to be seen: 0, 128, 255."""
    if others[-1] >= IGNORED - 1:
        return others[-1] == IGNORED - 1
    least = min(np.diff([*others, IGNORED]))
    return bool(least >= STEP and 2 * len(others) * least >= IGNORED - others[0])


def border_share(masks: Iterable[NDArray[Any]]) -> float:
    """The share of the pixels of 255 that are in narrow stripes, over all the masks (H, W)."""
    total = narrow = 0
    for mask in masks:
        there = mask[:: max(1, len(mask) // SIDE), :: max(1, mask.shape[1] // SIDE)] == IGNORED
        side = max(3, round(min(there.shape) * NARROW) | 1)
        wide = _filled(_filled(there, side, side * side), side, 1)
        total += int(there.sum())
        narrow += int((there & ~wide).sum())
    return narrow / total if total else 0.0


def _filled(there: NDArray[np.bool_], side: int, least: int) -> NDArray[np.bool_]:
    """Whether the square around each pixel has `least` pixels; what is beyond the edge is as the edge is."""
    half = side // 2
    sums = np.pad(there, half + 1, mode="edge").astype(np.int32).cumsum(0).cumsum(1)
    rows = sums[side:-1] - sums[: -side - 1]
    found: NDArray[np.bool_] = rows[:, side:-1] - rows[:, : -side - 1] >= least
    return found


def _spread(positions: Sequence[int]) -> list[int]:
    """A few of many, from all over."""
    few = np.linspace(0, len(positions) - 1, min(len(positions), LOOKED_AT)).astype(int)
    return [positions[index] for index in few]


def _listed(values: Sequence[int]) -> str:
    return ", ".join(map(str, values[:5])) + (", ..." if len(values) > 5 else "")
