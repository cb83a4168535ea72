"""Cross-entropy of one class an example, pixel, word or token."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Loss, Target
from ftcli.losses.options import counts_of_each_class, weight_of_each_class, wrong_option


class CrossEntropy:
    """Softmax and negative log likelihood, perhaps with label smoothing (Szegedy et al., arXiv:1512.00567).

    `class_weights` holds a weight for each class, in their order; `balanced` gives class c the weight
    n / (classes * n_c), as scikit-learn does. The count is then the sum of the weights of the examples'
    classes, so that total / count is PyTorch's weighted mean.
    """

    kinds: ClassVar[tuple[str, ...]] = (
        "single-label",
        "mask",
        "tags",
        "text",
        "transcript",
        "tokens",
    )

    def __init__(
        self,
        *,
        target: Target,
        label_smoothing: float = 0.0,
        class_weights: tuple[float, ...] | Literal["balanced"] | None = None,
    ) -> None:
        """Raises `ConfigError` for an option that is out of range or does not fit the classes."""
        if not 0.0 <= label_smoothing < 1.0:
            raise wrong_option("label_smoothing", f"{label_smoothing} is not at least 0 and below 1")
        self.label_smoothing = label_smoothing
        self._weights = _weights(class_weights, target)

    def __call__(self, logits: Tensor, targets: Tensor) -> Loss:
        """`logits` (B, C), `targets` (B,) of int64 class indices."""
        weights = None
        count = logits.new_full((), len(targets))
        if self._weights is not None:
            self._weights = self._weights.to(logits.device)  # a copy in the first call only
            weights = self._weights.to(logits.dtype)
            count = weights[targets].sum()
        total = F.cross_entropy(
            logits, targets, weights, reduction="sum", label_smoothing=self.label_smoothing
        )
        return Loss(total, count)


def _weights(weights: tuple[float, ...] | Literal["balanced"] | None, target: Target) -> Tensor | None:
    if weights is None:
        return None
    if not target.classes:
        raise wrong_option("class_weights", f"has no meaning for a {target.kind} target: leave it out")
    if weights == "balanced":
        counts = counts_of_each_class("class_weights", target)
        return (counts.sum() / (len(counts) * counts)).float()
    return weight_of_each_class("class_weights", weights, target)
