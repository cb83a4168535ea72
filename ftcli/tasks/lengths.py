"""Notes for the user on inputs and targets that are too long and cut."""

from __future__ import annotations

from collections.abc import Sequence

from ftcli.contracts import Example, Split

# Examples of a split, evenly spread: enough for a share, and a tenth of a second at every start.
LOOKED_AT = 2000


def sampled(split: Split) -> list[Example]:
    """The examples of a split, or every so many of a large one."""
    step = max(1, -(-len(split) // LOOKED_AT))
    return [split[index] for index in range(0, len(split), step)]


def too_long(lengths: Sequence[float], limit: float, words: str) -> list[str]:
    """A note on how many lengths are beyond `limit`, such as "3 of 8 " and `words`; nothing where none is."""
    many = sum(length > limit for length in lengths)
    return [f"{many:,} of {len(lengths):,} {words}"] if many else []
