"""Words to tags: named entities, parts of speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from ftcli.contracts import Batch, Encoded, Example, Loss, Prediction
from ftcli.contracts.modalities import TEXT
from ftcli.metrics.confusion import Confusion
from ftcli.tasks.inputs.words import Words, words_of
from ftcli.tasks.supervised import SupervisedTask
from ftcli.tasks.targets.tags import TagCodec


class TokenClassification(SupervisedTask[Words, TagCodec]):
    """A tag for each word of a sentence, read at the first of its tokens (Devlin et al. 2019).

    Words beyond the model's longest text have no loss; they are predicted as "O" and scored as that.
    """

    inputs = (TEXT,)
    form = "tokens"
    wants = "tags"
    encoder = "words"

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        """The deterministic steps, but for those that made `inputs`. Raises `DataError` for what cannot be used."""
        sentence = self._targets.sentence(words_of(example), example)
        inputs = self._inputs.encode_inputs([example])[0] if inputs is None else inputs
        return Encoded(example.id, inputs, sentence)

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets are those of `TagCodec`, also when predicting."""
        batch = super().collate(encoded, training=training)
        return replace(batch, targets={**batch.targets, "starts": self._inputs.starts(encoded)})

    def _loss_of(self, outputs: Tensor, targets: Any) -> Loss:
        return self._loss(*self._targets.counted(outputs, targets))

    def units(self, features: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """The words that have a tag and a token, by their first token."""
        chosen, tags = self._targets.counted(features, batch.targets)
        return chosen, tags, (batch.targets["starts"] >= 0).nonzero()[:, 0]

    def unit_figures(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """Of words, each for itself: the share whose tag is right, and the mean F1 of tags, as most words may be "O".

        Entities need whole sentences.
        """
        words = Confusion(self.target.classes)
        words.update(outputs, targets)
        found = words.compute()
        return {f"token_{name}": found[name] for name in ("accuracy", "f1_macro") if name in found}

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """The tags of each sentence, by the same rule as `measured`."""
        outputs = self.outputs(model, batch) if outputs is None else outputs
        return self._targets.predictions((outputs, batch.targets), batch.ids)
