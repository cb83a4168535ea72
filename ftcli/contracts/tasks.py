"""What a task does for each room that calls it, and what it predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ftcli.contracts.backbones import Backbone
from ftcli.contracts.batches import Batch, Encoded, Packing
from ftcli.contracts.examples import Example, Split, Target
from ftcli.contracts.measures import Loss, Metric

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one example. `scores` are probabilities by class; empty where there are none."""

    id: str
    label: Any
    probability: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    only_files: ClassVar[bool] = False  # whether it is in files that `save` writes, and in no table

    def rows(self) -> list[dict[str, Any]]:
        """Rows of a table, all with the same columns: one, except where an example holds any number of things.

        A value has its own type: a text, a number, a tuple of texts, or None where there is nothing.
        """
        row = {"id": self.id, "label": self.label}
        if self.probability is not None:
            row["probability"] = round(self.probability, 6)
        return [row | {f"p({name})": round(score, 6) for name, score in self.scores.items()}]

    def save(self, example: Example, path: Path) -> list[Path]:
        """Write what no table can hold, such as a picture, to files that are called `path` and an ending."""
        return []


class Task(Protocol):
    """What a batch means. No room sees more of a task than its own verbs."""

    target: Target

    def attach(self, backbone: Backbone) -> Any:
        """Backbone plus a new head: the model that trains, a `models.network.Network`."""
        ...

    @property
    def sequence(self) -> str | None:
        """Which of the encoded inputs differ in length, so that examples of like length come together."""
        ...

    @property
    def encoding(self) -> Mapping[str, Any]:
        """What encoded inputs depend on besides the example, as JSON would hold it."""
        ...

    def notes(self, split: Split) -> list[str]:
        """Sentences for the user on how the examples of `split` are encoded, such as how many texts are cut."""

    @property
    def packing(self) -> Packing | None:
        """How the `input_ids` of examples with a target become blocks; None where each example stays by itself."""
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

    def loss(self, model: nn.Module, batch: Batch) -> Loss:
        """Forward pass and loss, differentiable."""
        ...

    def metrics(self) -> dict[str, Metric]:
        """Fresh running scores."""
        ...

    def score(self, model: nn.Module, batch: Batch, metrics: Mapping[str, Metric]) -> Loss:
        """Forward pass, without gradients, into `metrics`; the loss of the same pass."""
        ...

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """One prediction for each example of the batch, in order."""
        ...

    def table(self, metrics: Mapping[str, Metric]) -> Sequence[Mapping[str, Any]]:
        """A row of figures for each class; empty where there are no classes."""
        ...
