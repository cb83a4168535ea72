"""Numbers that are written in two ways: 1.0 is 1 where pandas has read a column with an empty cell."""

from __future__ import annotations

import re
from collections.abc import Collection

_WHOLE = re.compile(r"(-?\d+)\.0*")
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)")


def whole(name: str) -> str:
    """A whole number without its point: "1" for "1.0"; any other text as it is."""
    found = _WHOLE.fullmatch(name)
    return name if found is None else found[1]


def is_number(name: str) -> bool:
    """Whether a text is a plain number."""
    return _NUMBER.fullmatch(name) is not None


def same_numbers(names: Collection[str], known: Collection[str]) -> dict[str, str]:
    """Those of the `names` that are one of the `known` in another form, and which; none unless all are numbers."""
    if not all(map(is_number, {*names, *known})):
        return {}
    forms = {whole(name): name for name in sorted(known, key=len, reverse=True)}  # of two forms the short one
    return {name: forms[whole(name)] for name in names if name not in known and whole(name) in forms}
