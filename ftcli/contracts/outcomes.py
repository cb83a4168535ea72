"""What became of each example of a pass: as tensors while it goes on, and as words and scores afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ftcli.contracts.batches import changed
from ftcli.contracts.measures import Interval

Value = str | float


def joined(values: Iterable[Any]) -> str:
    """Several values of an example in one text."""
    return "|".join(map(str, values))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Columns with a row of a tensor, or an item of a list, for each example; those that a kind of target needs.

    Tensors stay on the device where they were computed, as reading them would wait for it.
    """

    predicted: Any = None
    true: Any = None
    # Of what was predicted, and of what is true: tensors (N,).
    probability: Any = None
    true_probability: Any = None
    # Of each example, a tensor (N, ...); figures are made of their sums.
    counts: Any = None

    @classmethod
    def joined(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """The rows of all parts, in order; each part has the same columns."""
        return cls(*(_together([getattr(part, one.name) for part in parts]) for one in fields(cls)))

    def on_cpu(self) -> Outcomes:
        """The same with all tensors on the CPU."""
        return Outcomes(
            *(changed(getattr(self, one.name), lambda tensor: tensor.cpu()) for one in fields(self))
        )


def _together(columns: Sequence[Any]) -> Any:
    if not columns or columns[0] is None:
        return None
    if isinstance(columns[0], list):
        return [item for column in columns for item in column]
    import torch

    return torch.cat(list(columns))


@dataclass(frozen=True, slots=True)
class PairTable:
    """How often each class was predicted where each is true: examples, pixels, words."""

    classes: Sequence[str]
    # An array (C, C) of int64: a row for each true class, a column for each predicted one.
    counts: Any


@dataclass(frozen=True, slots=True)
class ExampleScores:
    """Each example in words and with a score, one item an example; and what all of them say of the figures.

    The higher a score, the better; `perfect` is the best that there is. `meaning` says what scores are.
    """

    score: Sequence[float]
    meaning: str
    perfect: float = 1.0
    # Texts and numbers; empty where an example has neither.
    true: Sequence[Value] = ()
    predicted: Sequence[Value] = ()
    probability: Sequence[float] = ()
    true_probability: Sequence[float] = ()
    # How far each figure may be from that of all examples that there could be.
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    # Where each example, pixel or word has one class.
    confusion: PairTable | None = None
