"""Which rows of the training split are another split: `test: index < 5` compares one column of each row."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.config.schema import Data

ROLES = ("test", "val")
SIGNS = "< <= > >= == != in"
_FORM = re.compile(
    r"\s*(?P<column>[^<>=!]*?[^<>=!\s])\s*(?P<sign><=|>=|==|!=|<|>|\sin\s)\s*(?P<values>.*\S)\s*"
)
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A column, a sign (< <= > >= == != in) and what the cells are compared with: `in` takes several values."""

    column: str
    sign: str
    values: tuple[str, ...]

    def holds(self, cell: Any) -> bool:
        """Whether a cell meets it. Raises `ValueError` for one that cannot be ordered because it is not a number."""
        if self.sign in _ORDERS:
            return _ORDERS[self.sign](float(cell), float(self.values[0]))
        found = any(_same(cell, value) for value in self.values)
        return found != (self.sign == "!=")

    def __str__(self) -> str:
        return f"{self.column} {self.sign} {', '.join(self.values)}"


def condition(text: str) -> Condition | None:
    """The condition that a text states, or None for any other text, or for a path.

    Raises `ValueError`, with words, for one that orders by what is not a number.
    """
    match = _FORM.fullmatch(text)
    if match is None or Path(text).expanduser().exists():
        return None
    sign = match["sign"].strip()
    values = match["values"].strip("[]").split(",") if sign == "in" else [match["values"]]
    found = Condition(match["column"], sign, tuple(value.strip(" \"'") for value in values))
    if sign in _ORDERS and _number(found.values[0]) is None:
        raise ValueError(
            f"{sign} compares numbers, and {found.values[0]!r} is not one: == or in compare texts"
        )
    return found


def conditions(data: Data) -> dict[str, Condition]:
    """The conditions among `data.test` and `data.val`. Raises `ValueError` as `condition` does."""
    texts = {role: value for role in ROLES if isinstance(value := getattr(data, role), str)}
    return {role: found for role, text in texts.items() if (found := condition(text)) is not None}


def _same(cell: Any, value: str) -> bool:
    """Whether they are the same text or the same number: 7, 7.0 and "07" are one."""
    one, other = _number(cell), _number(value)
    return str(cell).strip() == value if one is None or other is None else one == other


def _number(cell: Any) -> float | None:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None
