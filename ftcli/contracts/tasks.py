"""The protocols of a task, one for each room that calls it, and its predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from ftcli.contracts.backbones import Backbone, Form
from ftcli.contracts.batches import Batch, Encoded, Packing
from ftcli.contracts.examples import Example, Split, Target
from ftcli.contracts.measures import Loss, Metric
from ftcli.contracts.modalities import Inputs
from ftcli.contracts.outcomes import ExampleScores, Outcomes

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model predicts for one example. `scores` are probabilities by class; empty where there are none."""

    id: str
    label: Any
    probability: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    # Whether it is in files that `save` writes, and in no table.
    only_files: ClassVar[bool] = False

    def rows(self) -> list[dict[str, Any]]:
        """Rows of a table, all with the same columns: one, except where an example holds any number of things.

        A value has its own type: a text, a number, a tuple of texts, or None where there is nothing.
        """
        row = {"id": self.id, "label": self.label}
        if self.probability is not None:
            row["probability"] = round(self.probability, 6)
        return [row | {f"p({name})": round(score, 6) for name, score in self.scores.items()}]

    def values(self, example: Example) -> list[dict[str, Any]]:
        """What is predicted, for a program: the rows without the id; or what no table holds, such as a mask."""
        return [{name: value for name, value in row.items() if name != "id"} for row in self.rows()]

    def files(self, example: Example) -> dict[str, bytes]:
        """What no table can hold, by the ending of its file, such as ".mask.png"; without pictures for people."""
        return {}

    def colours(self) -> dict[str, tuple[int, int, int]]:
        """Red, green and blue, 0 to 255, in which `drawn` shows each class that is predicted."""
        return {}

    def save(self, example: Example, path: Path) -> list[Path]:
        """Write what no table can hold, such as a picture, to files that are called `path` and an ending."""
        return []

    def drawn(self, pixels: Any, size: tuple[int, int]) -> Any:
        """The prediction on the `pixels` of its image, uint8 (h, w, 3); None where there is nothing to draw.

        `size` is the height and width of the image, in which places are given; its pixels may be fewer.
        """
        return None

    def legend(self) -> list[dict[str, Any]]:
        """Rows of a table that says what the values in all saved files mean; empty where they speak for themselves."""
        return []


class TaskEncoder(Protocol):
    """What loading asks of a task: from examples to batches."""

    @property
    def sequence(self) -> str | None:
        """Which of the encoded inputs differ in length, so that examples of like length come together."""
        ...

    @property
    def encoding(self) -> Mapping[str, Any]:
        """What encoded inputs depend on besides the example, as JSON would hold it."""
        ...

    @property
    def packing(self) -> Packing | None:
        """How the `input_ids` of examples with a target become blocks; None where each example stays by itself."""
        ...

    def notes(self, split: Split) -> list[str]:
        """Sentences for the user on how the examples of `split` are encoded, such as how many texts are cut."""
        ...

    def samples(self) -> tuple[Example, Example]:
        """Two made-up examples without a target, the second as large as, or larger than, the first."""
        ...

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        """The deterministic steps, for one example. With `inputs`, stored ones, its input is not read."""
        ...

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """The encoded inputs of many examples in one go, equal to those of one at a time."""
        ...

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """The random part (seeded by each `Encoded.seed`) if `training`, and batching."""
        ...


class TaskCriterion(Protocol):
    """What the training loop asks of a task."""

    def outputs(self, model: nn.Module, batch: Batch) -> Any:
        """What the network gives for a batch: the logits (B, C) of a classifier, the dense maps, the network's own.

        Differentiable in the weights, and in the inputs that are floats. In training mode a network with auxiliary
        classifiers gives a tuple, its main output first. Where a network takes the target as an input (text to text,
        speech), the batch has to have targets.
        """
        ...

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        """The loss of those outputs, differentiable."""
        ...


class TaskScorer(TaskCriterion, Protocol):
    """What evaluation asks of a task."""

    def metrics(self) -> dict[str, Metric]:
        """New running scores."""
        ...

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> Iterable[tuple[Any, Any]]:
        """What the metrics compare, as pairs (predicted, true); a network that generates does so here."""
        ...

    def outcomes(self, predicted: Any, true: Any, shares: Sequence[int] | None = None) -> Outcomes | None:
        """What became of each example, from a pair of `measured`, by the same rule as the metrics; on its device.

        `shares` are those of the batch. None where a batch does not hold examples one by one. Nothing is read from the
        device.
        """
        ...

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """The outcomes of a pass, which are on the CPU, in words and with scores, in their order.

        `metrics` are those of the same pass, for what they know of each example.
        """
        ...

    def table(self, metrics: Mapping[str, Metric]) -> Sequence[Mapping[str, Any]]:
        """A row of figures for each class; empty where there are no classes."""
        ...


class TaskPredictor(TaskCriterion, Protocol):
    """What prediction asks of a task."""

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """One prediction for each example of the batch, in order, by the same rule as `measured`.

        `outputs` are those of the batch, where they are known or have been changed, as by a temperature.
        """
        ...

    def unanswered(self, example: Example) -> Example:
        """An example that has a target as one to predict: of a text that is learned, what would be asked of it."""
        ...


class TaskShown(Protocol):
    """What a report asks of a task: an example as a person sees it."""

    @property
    def draws(self) -> bool:
        """Whether a picture of an example shows its target and what is predicted."""
        ...

    def text(self, example: Example) -> str | None:
        """The text of the inputs; None where there is none."""
        ...

    def picture(self, example: Example, prediction: Prediction | None = None) -> bytes | None:
        """A small JPEG of the inputs; None of texts. With a prediction that `draws`: what is true, then what is said.

        Raises `DataError` for a file that cannot be decoded.
        """
        ...


@runtime_checkable
class TaskProbed(Protocol):
    """What a linear probe asks of a task whose kind of target has a `Probing`."""

    def units(self, features: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """What the head is applied to, one by one, and what each of them should give.

        `features` are those of the frozen backbone for the batch. Gives the units (N, W), their targets as the loss
        takes them, (N,) or (N, outputs), and int64 (N,) which example of the batch each unit is of.
        """
        ...

    def unit_figures(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """The figures of the outputs (N, outputs) of a head for units with these targets."""
        ...


class Task(TaskEncoder, TaskScorer, TaskPredictor, TaskShown, Protocol):
    """What a batch means. Each room sees the part of it that it calls."""

    target: Target

    def attach(self, backbone: Backbone) -> Any:
        """Backbone plus a new head: the model that trains, a `models.network.Network`."""
        ...


class TaskType(Protocol):
    """The class of a task, as a run sees it before there are data and a network."""

    inputs: Inputs
    form: Form
    # `TargetKind.wanted`
    wants: str
    # Keys and sections of the configuration that this task reads, and not every task.
    sections: frozenset[str]
    # The figure that is watched, where it is not the usual one for such targets.
    figure: str | None

    def __call__(self, target: Target, preprocess: Any, *, loss: Any, **settings: Any) -> Task:
        """The task for a target, and for what the backbone expects of its inputs."""
        ...

    def settings(self, experiment: Any) -> dict[str, Any]:
        """What the task takes of an experiment, beside its target, preprocessing and loss."""
        ...

    def choices(self, experiment: Any, split: Split, preprocess: Any) -> dict[str, tuple[Any, str]]:
        """Values of "section.key" that were left out and follow from the training examples, and why."""
        ...
