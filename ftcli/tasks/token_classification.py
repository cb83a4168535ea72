"""Words to tags: named entities, parts of speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from ftcli.contracts import Batch, Encoded, Example, Loss, Prediction
from ftcli.contracts.modalities import TEXT
from ftcli.tasks.inputs.words import Words, words_of
from ftcli.tasks.supervised import Supervised, outputs_of
from ftcli.tasks.targets.tags import WordTags


class TokenClassification(Supervised):
    """A tag for each word of a sentence, read at the first of its tokens (Devlin et al. 2019).

    Words that the model does not see, beyond its longest text, have no loss, are predicted as "O" and judged as that.
    """

    inputs = (TEXT,)
    form = "tokens"
    wants = "tags"
    reader = Words

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        """The deterministic steps, but for those that made `inputs`. Raises `DataError` for what cannot be used."""
        sentence = self._tags.sentence(words_of(example), example)
        inputs = self._words.encode_inputs([example])[0] if inputs is None else inputs
        return Encoded(example.id, inputs, sentence)

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets are those of `WordTags`, also when predicting."""
        batch = super().collate(encoded, training=training)
        return replace(batch, targets={**batch.targets, "starts": self._words.starts(encoded)})

    def _measure(self, outputs: Tensor, targets: Any) -> Loss:
        return self._loss(*self._tags.counted(outputs, targets))

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """The tags of each sentence, by the same rule as `score` counts."""
        return self._tags.predictions((outputs_of(model, batch)[0], batch.targets), batch.ids)

    @property
    def _tags(self) -> WordTags:
        assert isinstance(self._answers, WordTags)
        return self._answers

    @property
    def _words(self) -> Words:
        assert isinstance(self._reader, Words)
        return self._reader
