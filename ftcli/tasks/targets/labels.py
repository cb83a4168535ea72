"""Classes as targets and predictions: one for each example, or any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ftcli.contracts import Example, ExampleScores, Metric, Outcomes, PairTable, Prediction, Target
from ftcli.contracts.outcomes import joined
from ftcli.errors import DataError, did_you_mean, listing
from ftcli.metrics.confusion import Confusion
from ftcli.metrics.intervals import bootstrap, of_sums
from ftcli.metrics.multi_label import MultiLabel, present
from ftcli.metrics.of_examples.resampled import per_class
from ftcli.metrics.ranking import AUROC
from ftcli.metrics.topk import TopK


class Classes:
    """The names of the classes, to indices and back."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._index = {name: index for index, name in enumerate(self.names)}

    def index(self, label: Any, example: Example) -> int:
        """The index of `label`. Raises `DataError` for a label that was not in the training split."""
        try:
            return self._index[label]
        except (KeyError, TypeError):
            raise DataError(
                f"{example.id}: label {label!r} is not a class of the training split."
                f"{did_you_mean(str(label), self.names)} There are: {listing(self.names)}"
            ) from None

    def scores(self, probabilities: Sequence[float]) -> dict[str, float]:
        """Probabilities by name."""
        return dict(zip(self.names, probabilities, strict=True))


class SingleLabelCodec:
    """One class for each example: the largest output."""

    def __init__(self, target: Target) -> None:
        self.classes = Classes(target.classes)

    def encode(self, example: Example) -> int:
        """The index of the class."""
        return self.classes.index(example.target, example)

    def collate(self, targets: Sequence[int]) -> Tensor:
        """int64 (B,)."""
        return torch.tensor(targets, dtype=torch.int64)

    def metrics(self) -> dict[str, Metric]:
        """`top5` only with more than five classes, where it can be wrong."""
        metrics: dict[str, Metric] = {"confusion": Confusion(self.classes.names)}
        if len(self.classes.names) > 5:
            metrics["top5"] = TopK(5)
        return metrics | {"auroc": AUROC()}

    def measured(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """What the metrics compare: the logits (B, C) and the classes (B,), as they are."""
        return outputs, targets

    def outcomes(self, predicted: Tensor, true: Tensor) -> Outcomes:
        """The classes, and their softmax."""
        # Of halves the largest of equal ones could be another than `Confusion` counts.
        chances, chosen = predicted.float().softmax(dim=1), predicted.argmax(dim=1)
        both = chances.gather(1, torch.stack([chosen, true], dim=1))
        return Outcomes(chosen, true, both[:, 0], both[:, 1])

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """Right or wrong. Equal pairs of classes are resampled together, as there are fewer of them than examples."""
        names = self.classes.names
        predicted, true = outcomes.predicted.numpy(), outcomes.true.numpy()
        pairs = true * len(names) + predicted
        cells, sizes = np.unique(pairs, return_counts=True)

        @cache
        def statistics() -> NDArray[np.float64]:
            there, said = (np.eye(len(names))[one] for one in np.divmod(cells, len(names)))
            return np.concatenate([there * said, said, there], axis=1)

        matrix = np.bincount(pairs, minlength=len(names) ** 2).reshape(len(names), len(names))
        return ExampleScores(
            (predicted == true).astype(float).tolist(),
            "right or wrong",
            true=[names[index] for index in true],
            predicted=[names[index] for index in predicted],
            probability=outcomes.probability.tolist(),
            true_probability=outcomes.true_probability.tolist(),
            intervals=bootstrap(lambda counts: per_class(counts @ statistics()), sizes, 3 * len(names)),
            confusion=PairTable(names, matrix),
        )

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """The class with the largest logit, as `Confusion` counts it, and the softmax."""
        chosen = outputs.argmax(dim=1).tolist()
        rows = outputs.softmax(dim=1).tolist()
        return [
            Prediction(id_, self.classes.names[best], row[best], self.classes.scores(row))
            for id_, best, row in zip(ids, chosen, rows, strict=True)
        ]


class MultiLabelCodec:
    """Any number of classes for each example: the outputs of at least 0, a probability of one half."""

    def __init__(self, target: Target) -> None:
        self.classes = Classes(target.classes)

    def encode(self, example: Example) -> tuple[int, ...]:
        """The indices of the classes."""
        labels: Any = example.target
        return tuple(self.classes.index(label, example) for label in labels)

    def collate(self, targets: Sequence[Sequence[int]]) -> Tensor:
        """Multi-hot float32 (B, C)."""
        hot = torch.zeros(len(targets), len(self.classes.names))
        for row, indices in zip(hot, targets, strict=True):
            row[list(indices)] = 1.0
        return hot

    def metrics(self) -> dict[str, Metric]:
        """Counts of each class, and how well the scores order the examples."""
        return {"multi-label": MultiLabel(self.classes.names), "auroc": AUROC()}

    def measured(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """What the metrics compare: logits and multi-hot targets (B, C), as they are."""
        return outputs, targets

    def outcomes(self, predicted: Tensor, true: Tensor) -> Outcomes:
        """The classes that are predicted, and those that are true: bool (B, C)."""
        return Outcomes(present(predicted), true > 0.5)

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """F1 of the classes of each example; 1 where it has none, and none is predicted."""
        predicted, true = outcomes.predicted.numpy(), outcomes.true.numpy()
        hits = predicted & true
        one, other = hits.sum(axis=1), predicted.sum(axis=1) + true.sum(axis=1)

        def statistics() -> NDArray[np.float64]:
            return np.concatenate([hits, predicted, true], axis=1).astype(np.float64)

        return ExampleScores(
            np.where(other > 0, 2 * one / np.maximum(other, 1), 1.0).tolist(),
            "F1 of the classes of an example",
            true=self._joined(true),
            predicted=self._joined(predicted),
            intervals=of_sums(statistics, (len(true), 3 * true.shape[1]), per_class),
        )

    def _joined(self, rows: NDArray[np.bool_]) -> list[str]:
        names = self.classes.names
        return [joined(names[index] for index in row.nonzero()[0]) for row in rows]

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """The classes that `MultiLabel` counts as predicted, perhaps none, and the sigmoids."""
        chosen = present(outputs).tolist()
        rows = outputs.sigmoid().tolist()
        return [
            Prediction(
                id_,
                tuple(name for name, there in zip(self.classes.names, row_chosen, strict=True) if there),
                scores=self.classes.scores(row),
            )
            for id_, row_chosen, row in zip(ids, chosen, rows, strict=True)
        ]
