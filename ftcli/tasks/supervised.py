"""A task of an encoder of inputs and a codec of targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn

from ftcli.config.schema import Experiment, Head
from ftcli.contracts import (
    Backbone,
    Batch,
    Encoded,
    Example,
    ExampleScores,
    Form,
    Inputs,
    Loss,
    Metric,
    Outcomes,
    Packing,
    Prediction,
    Split,
    Target,
)
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import DataError
from ftcli.media.thumbnails import beside, jpeg
from ftcli.metrics.per_class import Row
from ftcli.models.heads import Classifier
from ftcli.models.network import Network
from ftcli.registry import part
from ftcli.tasks.inputs import ENCODERS
from ftcli.tasks.lengths import sampled
from ftcli.tasks.showing import picture_of, size_of, small_image, text_of
from ftcli.tasks.units import VectorUnits


@runtime_checkable
class Tabled(Protocol):
    """A metric with figures for each class."""

    def table(self) -> list[Row]: ...


@runtime_checkable
class Drawing(Protocol):
    """A codec whose targets are places in an image."""

    def drawn(self, example: Example, pixels: Any, size: tuple[int, int]) -> Any:
        """The target on the pixels of its image, as `Prediction.drawn`."""
        ...


LossFunction = Callable[[Tensor, Tensor], Loss]


class InputEncoder(Protocol):
    """From the inputs of examples, such as images, texts or sounds, to tensors."""

    @property
    def sequence(self) -> str | None: ...
    @property
    def encoding(self) -> Mapping[str, Any]: ...
    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Any]]: ...
    def samples(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]: ...
    def notes(self, examples: Sequence[Example]) -> list[str]: ...
    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]: ...
    def pad(self, rows: Sequence[Tensor]) -> Tensor: ...


class TargetCodec(Protocol):
    """From targets to tensors, and from outputs to what metrics compare and to predictions."""

    def encode(self, example: Example) -> Any: ...
    def collate(self, targets: Sequence[Any]) -> Any: ...
    def metrics(self) -> dict[str, Metric]: ...
    def measured(self, outputs: Any, targets: Any) -> tuple[Any, Any]: ...
    def outcomes(self, predicted: Any, true: Any) -> Outcomes: ...
    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores: ...
    def predictions(self, outputs: Any, ids: Sequence[str]) -> list[Prediction]: ...


Encoder = TypeVar("Encoder", bound=InputEncoder)
Codec = TypeVar("Codec", bound=TargetCodec)


class SupervisedTask(VectorUnits, Generic[Encoder, Codec]):
    """The `Task` of examples with targets. Its subclasses name the modality and the kind of target.

    `encoder` is the name in `ENCODERS` of what encodes the inputs; its `options(Data)` are the keywords that it takes
    from the configuration. A task that makes its encoder itself has none.
    """

    inputs: ClassVar[Inputs]
    form: ClassVar[Form] = "vector"
    wants: ClassVar[str]
    encoder: ClassVar[str]
    packing: Packing | None = None
    sections: ClassVar[frozenset[str]] = frozenset({"model.head"})
    figure: ClassVar[str | None] = None

    def __init__(
        self,
        target: Target,
        preprocess: Any,
        head: Head,
        loss: LossFunction,
        inputs: Encoder | None = None,
        targets: Codec | None = None,
        **options: Any,
    ) -> None:
        """`preprocess` is what the backbone expects, `loss` a part of `ftcli.losses` made for `target`.

        `inputs` and `targets` take the place of those that the class makes of `preprocess` and `options`, and of
        `target`.
        """
        kind = KINDS[target.kind]
        if kind.wanted != self.wants:
            raise ValueError(f"{type(self).__name__} wants a {self.wants}, and the target is {target.kind}")
        self.target = target
        self.head = head
        self._loss = loss
        self._inputs: Encoder = (
            ENCODERS.load(self.encoder)(preprocess, **options) if inputs is None else inputs
        )
        self._targets: Codec = part(kind.codec)(target) if targets is None else targets
        self._auxiliary_weight = 0.0

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """What the task takes of an experiment, beside its target, preprocessing and loss."""
        return {"head": experiment.model.head, **cls._encoder_options(experiment)}

    @classmethod
    def _encoder_options(cls, experiment: Experiment) -> dict[str, Any]:
        options: dict[str, Any] = ENCODERS.load(cls.encoder).options(experiment.data)
        return options

    @classmethod
    def choices(cls, experiment: Experiment, split: Split, preprocess: Any) -> dict[str, tuple[Any, str]]:
        """Values of "section.key" that were left out and follow from the training examples, and why."""
        return {}

    def attach(self, backbone: Backbone) -> Network:
        """Backbone plus a new head for this target, and one for each of its auxiliary classifiers.

        A network that has its head inside trains as it is.
        """
        if not backbone.headless:
            return Network(backbone)
        self._auxiliary_weight = backbone.auxiliary_weight
        return Classifier(backbone, self.head, self.target.outputs)

    @property
    def reader(self) -> Encoder:
        """What encodes the inputs."""
        return self._inputs

    @property
    def encoding(self) -> Mapping[str, Any]:
        """What encoded inputs depend on besides the example."""
        return self._inputs.encoding

    @property
    def sequence(self) -> str | None:
        """Which of the encoded inputs differ in length."""
        return self._inputs.sequence

    def notes(self, split: Split) -> list[str]:
        """Sentences for the user on how these examples are encoded, such as how many texts are cut."""
        return self._inputs.notes(sampled(split))

    def samples(self) -> tuple[Example, Example]:
        """Two made-up examples without a target, a small and a large one."""
        small, large = self._inputs.samples()
        return Example("small", small), Example("large", large)

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        """The deterministic steps; with `inputs`, the target alone. Raises `DataError` for what cannot be used."""
        target = None if example.target is None else self._targets.encode(example)
        inputs = self.encode_inputs([example])[0] if inputs is None else inputs
        return Encoded(example.id, inputs, target)

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Any]]:
        """The inputs of many examples in one go. Raises `DataError` for one that cannot be used."""
        return self._inputs.encode_inputs(examples)

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch. Raises `DataError` if only some have a target."""
        missing = [one.id for one in encoded if one.target is None]
        if missing and len(missing) < len(encoded):
            raise DataError(f"{missing[0]} has no label, while others have one")
        targets = None if missing else self._targets.collate([one.target for one in encoded])
        inputs = self._collate_inputs(encoded, training=training)
        return Batch(inputs, targets, tuple(one.id for one in encoded))

    def _collate_inputs(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """The inputs of the examples; with or instead of them `features` that were computed before."""
        stored = [one.inputs["features"] for one in encoded if "features" in one.inputs]
        if not stored:
            return self._inputs.collate(encoded, training=training)
        if set(encoded[0].inputs) == {"features"}:
            return {"features": torch.stack(stored)}
        inputs = self._inputs.collate(encoded, training=training)
        return {**inputs, "features": self._inputs.pad(stored)}

    def outputs(self, model: nn.Module, batch: Batch) -> Any:
        """What the network gives, at least float32, as a half is too coarse for a softmax; differentiable.

        In training mode a network with auxiliary classifiers gives a tuple, its main output first.
        """
        return at_least_float32(model(**batch.inputs))

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        """The loss of outputs. Auxiliary ones add their weighted losses, listed in `parts`."""
        losses = [self._loss_of(one, batch.targets) for one in main_and_auxiliary(outputs)]
        main, *auxiliary = losses
        if not auxiliary:
            return main
        extra = self._auxiliary_weight * torch.stack([loss.total for loss in auxiliary]).sum()
        parts = {"main": main.total.detach(), "auxiliary": extra.detach()}
        return Loss(main.total + extra, main.count, parts)

    def _loss_of(self, outputs: Any, targets: Any) -> Loss:
        """The loss of one output of the network, over the units that count."""
        return self._loss(outputs, targets)

    def metrics(self) -> dict[str, Metric]:
        """New running scores."""
        return self._targets.metrics()

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> Iterable[tuple[Any, Any]]:
        """What the metrics compare, as pairs (predicted, true)."""
        return (self._targets.measured(main_and_auxiliary(outputs)[0], batch.targets),)

    def outcomes(self, predicted: Any, true: Any, shares: Sequence[int] | None = None) -> Outcomes | None:
        """What became of each example of a pair of `measured`."""
        return self._targets.outcomes(predicted, true)

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """The outcomes of a pass in words and with scores."""
        return self._targets.example_scores(outcomes, metrics)

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """One prediction for each example, by the same rule as `measured`."""
        outputs = self.outputs(model, batch) if outputs is None else outputs
        return self._targets.predictions(main_and_auxiliary(outputs)[0], batch.ids)

    def unanswered(self, example: Example) -> Example:
        """The example without its target."""
        return Example(example.id, example.inputs)

    @property
    def draws(self) -> bool:
        """Whether a picture shows the target and what is predicted."""
        return isinstance(self._targets, Drawing)

    def text(self, example: Example) -> str | None:
        """The text of the inputs."""
        return text_of(example)

    def picture(self, example: Example, prediction: Prediction | None = None) -> bytes | None:
        """A small picture of the inputs; with what is true and what is predicted, where these can be drawn."""
        codec: Any = self._targets
        if prediction is None or not self.draws:
            found = picture_of(example, self.inputs)
            return None if found is None else jpeg(found)
        pixels, size = small_image(example), size_of(example)
        return jpeg(beside([codec.drawn(example, pixels, size), prediction.drawn(pixels, size)]))

    @staticmethod
    def table(metrics: Mapping[str, Metric]) -> list[Row]:
        """A row for each class, such as class, precision, recall, f1, support. Empty for numbers."""
        tables = (metric.table() for metric in metrics.values() if isinstance(metric, Tabled))
        return next(tables, [])


def at_least_float32(outputs: Any) -> Any:
    """A tensor, or a tuple of them, without halves."""
    if isinstance(outputs, tuple):
        return tuple(map(at_least_float32, outputs))
    return outputs.float() if outputs.dtype.itemsize < 4 else outputs


def main_and_auxiliary(outputs: Any) -> tuple[Any, ...]:
    """The outputs of a network as a tuple, the main one first."""
    return outputs if isinstance(outputs, tuple) else (outputs,)
