"""Losses, which training minimises, and metrics, which evaluation reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Loss:
    """A sum over units, and their count. Only the training loop divides."""

    # Scalar, differentiable.
    total: Tensor
    # Scalar: examples, tokens, pixels.
    count: Tensor
    # Named terms, detached sums.
    parts: Mapping[str, Tensor] = field(default_factory=dict)


class Metric(Protocol):
    """A running score. States of two halves of the data merge to exactly the state of the whole."""

    # Whether `compute` needs all predictions at once and takes time, as AUROC.
    thorough: ClassVar[bool]

    def update(self, outputs: Any, targets: Any) -> None: ...
    def merge(self, other: Any) -> None: ...
    def compute(self) -> dict[str, float]:
        """Figures by name; an empty metric gives no figures."""
        ...


class Interval(NamedTuple):
    """Where a figure of all examples that there could be is likely to lie; `method` says how likely, and why."""

    low: float
    high: float
    method: str
