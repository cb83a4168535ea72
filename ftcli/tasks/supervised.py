"""A task, put together from what goes in (a reader of a modality) and what comes out (answers of a kind)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ftcli.config.schema import Experiment, Head
from ftcli.contracts import (
    Backbone,
    Batch,
    Encoded,
    Example,
    Form,
    Inputs,
    Loss,
    Metric,
    Packing,
    Prediction,
    Split,
    Target,
)
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import DataError
from ftcli.metrics.per_class import Row
from ftcli.models.heads import Classifier
from ftcli.models.network import Network
from ftcli.registry import part
from ftcli.tasks.lengths import sampled


@runtime_checkable
class Tabled(Protocol):
    """A metric with figures of each class."""

    def table(self) -> list[Row]: ...


LossFunction = Callable[[Tensor, Tensor], Loss]


class Reader(Protocol):
    """What goes in: `Images`, `Texts` or `Sounds`."""

    @property
    def sequence(self) -> str | None: ...
    @property
    def encoding(self) -> Mapping[str, Any]: ...
    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Any]]: ...
    def notes(self, examples: Sequence[Example]) -> list[str]: ...
    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]: ...
    def pad(self, rows: Sequence[Tensor]) -> Tensor: ...


class Answers(Protocol):
    """What comes out: `OneLabel`, `ManyLabels` or `OneNumber`."""

    def encode(self, example: Example) -> Any: ...
    def collate(self, targets: Sequence[Any]) -> Any: ...
    def metrics(self) -> dict[str, Metric]: ...
    def measured(self, outputs: Any, targets: Any) -> tuple[Any, Any]: ...
    def predictions(self, outputs: Any, ids: Sequence[str]) -> list[Prediction]: ...


class Supervised:
    """The `Task` of examples with targets. Its subclasses say which modality, and what kind of target."""

    inputs: ClassVar[Inputs]
    form: ClassVar[Form] = "vector"
    wants: ClassVar[str]
    reader: ClassVar[Any]  # a class of `Reader`s; its `options(Data)` are the keywords of its making
    packing: Packing | None = None
    sections: ClassVar[frozenset[str]] = frozenset({"model.head"})  # read by this task, and not by every task
    figure: ClassVar[str | None] = None  # what is watched, where it is not the usual for such targets

    def __init__(
        self,
        target: Target,
        preprocess: Any,
        head: Head,
        loss: LossFunction,
        reader: Reader | None = None,
        **options: Any,
    ) -> None:
        """`preprocess` is what the backbone expects, `loss` a part of `ftcli.losses` made for `target`.

        `reader` takes the place of one that the class makes of `preprocess` and `options`.
        """
        if KINDS[target.kind].wanted != self.wants:
            raise ValueError(f"{type(self).__name__} wants a {self.wants}, and the target is {target.kind}")
        self.target = target
        self.head = head
        self._loss = loss
        self._reader = reader or self.reader(preprocess, **options)
        self._answers = self._made_answers(preprocess)
        self._auxiliary_weight = 0.0

    def _made_answers(self, preprocess: Any) -> Answers:
        answers: Answers = part(KINDS[self.target.kind].codec)(self.target)
        return answers

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """What the task takes of an experiment, beside its target, preprocessing and loss."""
        return {"head": experiment.model.head, **cls.reader.options(experiment.data)}

    @classmethod
    def choices(cls, experiment: Experiment, split: Split, preprocess: Any) -> dict[str, tuple[Any, str]]:
        """Values of "section.key" that were left out and follow from the training examples, and why."""
        return {}

    def attach(self, backbone: Backbone) -> Network:
        """Backbone plus a new head for this target, and one for each of its auxiliary classifiers."""
        self._auxiliary_weight = backbone.auxiliary_weight
        return Classifier(backbone, self.head, self.target.outputs)

    @property
    def encoding(self) -> Mapping[str, Any]:
        """What encoded inputs depend on besides the example."""
        return self._reader.encoding

    @property
    def sequence(self) -> str | None:
        """Which of the encoded inputs differ in length."""
        return self._reader.sequence

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        """The deterministic steps, but for those that made `inputs`. Raises `DataError` for what cannot be used."""
        answer = None if example.target is None else self._answers.encode(example)
        inputs = self.encode_inputs([example])[0] if inputs is None else inputs
        return Encoded(example.id, inputs, answer)

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Any]]:
        """The inputs of many examples in one go. Raises `DataError` for one that cannot be used."""
        return self._reader.encode_inputs(examples)

    def notes(self, split: Split) -> list[str]:
        """What the user should know of how these examples are encoded."""
        return self._reader.notes(sampled(split))

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch, its numbers normalised by `OneNumber`. Raises `DataError` if only some have a target."""
        missing = [one.id for one in encoded if one.target is None]
        if missing and len(missing) < len(encoded):
            raise DataError(f"{missing[0]} has no label, while others have one")
        targets = None if missing else self._answers.collate([one.target for one in encoded])
        inputs = self._inputs(encoded, training=training)
        return Batch(inputs, targets, tuple(one.id for one in encoded))

    def _inputs(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """What the reader makes of the examples; with or instead of it `features` that were computed before."""
        stored = [one.inputs["features"] for one in encoded if "features" in one.inputs]
        if not stored:
            return self._reader.collate(encoded, training=training)
        if set(encoded[0].inputs) == {"features"}:
            return {"features": torch.stack(stored)}
        inputs = self._reader.collate(encoded, training=training)
        return {**inputs, "features": self._reader.pad(stored)}

    def loss(self, model: nn.Module, batch: Batch) -> Loss:
        """Forward pass and loss. Auxiliary outputs add their weighted losses, told apart in `parts`."""
        return self._summed([self._measure(outputs, batch.targets) for outputs in outputs_of(model, batch)])

    def _measure(self, outputs: Tensor, targets: Any) -> Loss:
        """The loss of what counts among the outputs."""
        return self._loss(outputs, targets)

    def _summed(self, losses: Sequence[Loss]) -> Loss:
        """The main loss, which is the first, and the weighted auxiliary ones."""
        main, *auxiliary = losses
        if not auxiliary:
            return main
        extra = self._auxiliary_weight * torch.stack([loss.total for loss in auxiliary]).sum()
        parts = {"main": main.total.detach(), "auxiliary": extra.detach()}
        return Loss(main.total + extra, main.count, parts)

    def metrics(self) -> dict[str, Metric]:
        """Fresh running scores."""
        return self._answers.metrics()

    def score(self, model: nn.Module, batch: Batch, metrics: Mapping[str, Metric]) -> Loss:
        """Forward pass into `metrics`; the main loss of the same pass."""
        outputs = outputs_of(model, batch)[0]
        measured, truth = self._answers.measured(outputs, batch.targets)
        for metric in metrics.values():
            metric.update(measured, truth)
        return self._measure(outputs, batch.targets)

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """One prediction for each example, by the same rule as `score` counts."""
        return self._answers.predictions(outputs_of(model, batch)[0], batch.ids)

    @staticmethod
    def table(metrics: Mapping[str, Metric]) -> list[Row]:
        """A row for each class, such as class, precision, recall, f1, support. Empty for numbers."""
        tables = (metric.table() for metric in metrics.values() if isinstance(metric, Tabled))
        return next(tables, [])


def outputs_of(model: nn.Module, batch: Batch) -> tuple[Tensor, ...]:
    """Main and auxiliary outputs, (B, C) each, at least float32: a half is too coarse for a softmax."""
    result = model(**batch.inputs)
    outputs = result if isinstance(result, tuple) else (result,)
    return tuple(output.float() if output.dtype.itemsize < 4 else output for output in outputs)
