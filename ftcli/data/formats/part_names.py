"""Names of tables that come in parts, as the Hugging Face hub and Spark write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_PART = re.compile(r"(?P<split>.+)-(?P<number>\d{5})-of-(?P<total>\d{5})(-[0-9a-f]{8,})?(\.\w+)+")


def numbered_parts(names: Iterable[str]) -> dict[str, list[str]]:
    """The files of each split: train has train-00000-of-00002.parquet and train-00001-of-00002.parquet."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        if match := _PART.fullmatch(name):
            found.setdefault(match["split"], []).append(name)
    return found


def missing_parts(names: Sequence[str]) -> int:
    """How many files of one split are not there, by the number in the name of each."""
    matches = [match for name in names if (match := _PART.fullmatch(name))]
    if not matches:
        return 0
    return max(int(match["total"]) for match in matches) - len({match["number"] for match in matches})


def are_parts(names: Iterable[str]) -> bool:
    """Whether names differ by their numbers only, as part-00000.parquet and part-00001.parquet do."""
    return len({re.sub(r"\d+", "0", name) for name in names}) == 1
