"""What training makes small, and what evaluation reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Loss:
    """A sum over units, and how many. Only the loop divides."""

    total: Tensor  # scalar, differentiable
    count: Tensor  # scalar: examples, tokens, pixels
    parts: Mapping[str, Tensor] = field(default_factory=dict)  # named terms, detached sums


class Metric(Protocol):
    """A running score. States of two halves of the data merge to exactly the state of the whole."""

    thorough: ClassVar[bool]  # whether `compute` needs all predictions at once and takes time, as AUROC

    def update(self, outputs: Any, targets: Any) -> None: ...
    def merge(self, other: Any) -> None: ...
    def compute(self) -> dict[str, float]:
        """Figures by name; an empty metric gives no figures."""
        ...
