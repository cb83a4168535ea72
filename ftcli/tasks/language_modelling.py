"""What the tasks share whose networks foretell tokens of the texts themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, Batch, Encoded, Loss, Metric, Packing, Target
from ftcli.contracts.modalities import TEXT
from ftcli.models.network import Network
from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.supervised import LossFunction, Supervised, outputs_of


class LanguageModelling(Supervised):
    """Tokens to foretell, of texts that are joined where `packed`. The network gives logits where `counted` says so."""

    inputs = (TEXT,)
    wants = "tokens"
    reader = Texts
    sections: ClassVar[frozenset[str]] = frozenset()
    _reader: Texts

    def __init__(self, target: Target, reader: Texts, loss: LossFunction, packing: Packing | None) -> None:
        super().__init__(target, None, Head(), loss, reader=reader)
        self.packing = packing

    def attach(self, backbone: Backbone) -> Network:
        """The backbone, which has its head inside."""
        return Network(backbone)

    @property
    def encoding(self) -> Mapping[str, Any]:
        """What encoded inputs depend on besides the example."""
        return {**super().encoding, "form": self.form, "packed": self.packing is not None}

    def _batch(self, encoded: Sequence[Encoded], rows: Sequence[Tensor], marks: Sequence[Tensor]) -> Batch:
        """Rows of ids as a batch, with the `marks` of the places whose logits are wanted; no targets yet."""
        made = [
            Encoded(one.id, {**one.inputs, "input_ids": row}) for one, row in zip(encoded, rows, strict=True)
        ]
        inputs = dict(self._reader.collate(made, training=False))
        inputs["counted"] = self._reader.pad(marks)
        return Batch(inputs, None, tuple(one.id for one in encoded))

    def loss(self, model: nn.Module, batch: Batch) -> Loss:
        """The loss over the tokens to foretell."""
        return self._measure(outputs_of(model, batch)[0], batch.targets)

    def score(self, model: nn.Module, batch: Batch, metrics: Mapping[str, Metric]) -> Loss:
        """Forward pass into `metrics`."""
        outputs = outputs_of(model, batch)[0]
        for metric in metrics.values():
            metric.update(outputs, batch.targets)
        return self._measure(outputs, batch.targets)


def ids_of(one: Encoded) -> Tensor:
    """The token ids of an example, int64 (tokens,)."""
    ids: Tensor = one.inputs["input_ids"]
    return ids.long()


def mask_of(size: int, places: Sequence[int] | Tensor) -> Tensor:
    """bool (size,), true at `places`."""
    mask = torch.zeros(size, dtype=torch.bool)
    mask[torch.as_tensor(places, dtype=torch.int64)] = True
    return mask
