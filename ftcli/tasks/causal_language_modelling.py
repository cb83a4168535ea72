"""Texts to what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from torch import nn

from ftcli.config.schema import Experiment, Generation
from ftcli.contracts import Batch, Encoded, Prediction, Target, TextPreprocess
from ftcli.errors import ConfigError, Mistake
from ftcli.models.language.generation import generation_options, seeded
from ftcli.models.language.language_model import LanguageNetwork
from ftcli.tasks.inputs.causal_texts import CausalTexts
from ftcli.tasks.language_modelling import LanguageModelling, ids_of, mask_of
from ftcli.tasks.supervised import LossFunction


class CausalLanguageModelling(LanguageModelling):
    """Each token from those before it (Radford et al. 2018): of whole texts, or of the answers to prompts alone."""

    form = "causal"
    sections: ClassVar[frozenset[str]] = frozenset({"generation"})

    def __init__(
        self, target: Target, preprocess: TextPreprocess, loss: LossFunction, *,
        packing: bool, prompted: bool, generation: Generation, seed: int = 0,
    ) -> None:  # fmt: skip
        """With `packing` texts are joined; with `prompted` the texts are prompts, with answers to be learned.

        Raises `ConfigError` for both, and where the longest continuation leaves no room for a prompt.
        """
        if packing and prompted:
            problem = "a prompt and its answer are not joined to others: leave it out, or data.target"
            raise ConfigError([Mistake("", "data.packing", problem)])
        room = generation.max_new_tokens or preprocess.max_length // 2
        reader = CausalTexts(preprocess, packed=packing, prompted=prompted, room=room)
        super().__init__(target, reader, loss, reader.packing if packing else None)
        self._generation, self._seed = generation, seed
        self._room = room

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """What the task takes of an experiment, beside its target, preprocessing and loss."""
        return {
            "packing": bool(experiment.data.packing),
            "prompted": experiment.data.target is not None,
            "generation": experiment.generation,
            "seed": experiment.training.seed,
        }

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets are the ids (N,) of the tokens to foretell, each behind a place that is `counted`."""
        rows = [ids_of(one) for one in encoded]
        known = [one.inputs["prompt"].item() if "prompt" in one.inputs else 0 for one in encoded]
        marks = [
            mask_of(len(row), range(max(0, n - 1), len(row) - 1)) for row, n in zip(rows, known, strict=True)
        ]
        batch = self._batch(encoded, rows, marks)
        if encoded[0].target is None:
            return Batch(
                {name: batch.inputs[name] for name in ("input_ids", "attention_mask")}, None, batch.ids
            )
        truth = batch.inputs["input_ids"].roll(-1, dims=1)[batch.inputs["counted"]]
        return replace(batch, targets=truth, shares=[int(mark.sum()) for mark in marks])

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """How each text goes on."""
        network = model.backbone
        assert isinstance(network, LanguageNetwork)
        ids = batch.inputs["input_ids"]
        options = generation_options(self._generation, max_length=self._room)
        with seeded(self._seed, ids.device):
            written = network.generate(**batch.inputs, **options)
        texts = self._reader.tokenizer.batch_decode(written, skip_special_tokens=True)
        return [Prediction(id_, text) for id_, text in zip(batch.ids, texts, strict=True)]
