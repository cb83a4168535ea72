"""Texts to the words that are hidden in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import nn

from ftcli.config.schema import Experiment
from ftcli.contracts import Batch, Encoded, Prediction, Target, TextPreprocess
from ftcli.errors import ConfigError, Mistake
from ftcli.tasks.inputs.masked_texts import MaskedTexts, Masking, fixed_seed
from ftcli.tasks.language_modelling import LanguageModelling, ids_of, mask_of
from ftcli.tasks.supervised import LossFunction, outputs_of

PROBABILITY = 0.15


class MaskedLanguageModelling(LanguageModelling):
    """Hidden tokens from those on both sides (Devlin et al. 2019).

    In training they are drawn anew in each epoch; in evaluation a text always has the same ones: figures compare.
    """

    form = "masked"
    sections: ClassVar[frozenset[str]] = frozenset({"data.mask_probability"})

    def __init__(
        self, target: Target, preprocess: TextPreprocess, loss: LossFunction, *,
        packing: bool, probability: float = PROBABILITY,
    ) -> None:  # fmt: skip
        """With `packing` texts are joined; `probability` is the share of the tokens to foretell."""
        reader = MaskedTexts(preprocess, packed=packing)
        super().__init__(target, reader, loss, reader.packing if packing else None)
        self._hide = Masking(reader, probability)
        self._mask = reader.mask

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """What the task takes of an experiment. Raises `ConfigError` for prompts with answers."""
        data = experiment.data
        if data.target is not None:
            problem = "answers are for causal language modelling, and this task fills gaps: leave it out"
            raise ConfigError([Mistake("", "data.target", problem)])
        return {"packing": bool(data.packing), "probability": data.mask_probability or PROBABILITY}

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets are the ids (N,) of the hidden tokens, whose places `counted` marks."""
        rows = [ids_of(one) for one in encoded]
        if encoded[0].target is None:
            return self._batch(encoded, rows, [row == self._mask for row in rows])
        seeds = [one.seed if training else fixed_seed(row) for one, row in zip(encoded, rows, strict=True)]
        drawn = [self._hide(row, seed) for row, seed in zip(rows, seeds, strict=True)]
        marks = [mask_of(len(row), places) for row, (_, places) in zip(rows, drawn, strict=True)]
        batch = self._batch(encoded, [hidden for hidden, _ in drawn], marks)
        truth = [row[places] for row, (_, places) in zip(rows, drawn, strict=True)]
        return replace(batch, targets=torch.cat(truth), shares=[len(one) for one in truth])

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """Each text with its gaps filled by the likeliest tokens, and the product of their probabilities."""
        likeliest = outputs_of(model, batch)[0].softmax(dim=1).max(dim=1)
        counted = batch.inputs["counted"]
        ids = batch.inputs["input_ids"].masked_scatter(counted, likeliest.indices)
        texts = self._reader.tokenizer.batch_decode(ids, skip_special_tokens=True)
        sizes = counted.sum(dim=1).tolist()
        chances = [part.prod().item() for part in torch.split(likeliest.values, sizes)]
        return [Prediction(*row) for row in zip(batch.ids, texts, chances, strict=True)]
