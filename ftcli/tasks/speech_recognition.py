"""Sounds to what is said in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from torch import nn

from ftcli.config.schema import Experiment, Generation, Head
from ftcli.contracts import Batch, Encoded, Loss, Prediction, Split, Target
from ftcli.contracts.modalities import AUDIO
from ftcli.models.speech.ctc import CTCProcessor
from ftcli.tasks.inputs.sounds import Sounds
from ftcli.tasks.lengths import sampled
from ftcli.tasks.supervised import LossFunction, SupervisedTask
from ftcli.tasks.targets.transcripts import Spelled, Transcripts, Written


class SpeechRecognition(SupervisedTask[Sounds, Transcripts]):
    """A transcript for each sound; the network decides how it is learned and written."""

    inputs = (AUDIO,)
    form = "transcriber"
    wants = "transcript"
    sections = frozenset({"generation"})

    def __init__(
        self,
        target: Target,
        preprocess: Any,
        loss: LossFunction,
        *,
        generation: Generation,
        seed: int = 0,
        **options: Any,
    ) -> None:
        """`preprocess` is a `CTCProcessor` or a `WhisperProcessor`; `seed` is for random choices of `generation`."""
        transcripts: Transcripts = (
            Spelled(preprocess, generation)
            if isinstance(preprocess, CTCProcessor)
            else Written(preprocess, generation, seed)
        )
        sounds = Sounds(preprocess.audio, **options)
        super().__init__(target, preprocess, Head(), loss, inputs=sounds, targets=transcripts)

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """How texts are written, and where sounds are cut."""
        options = {"generation": experiment.generation, "seed": experiment.training.seed}
        return {**options, **Sounds.options(experiment.data)}

    def notes(self, split: Split) -> list[str]:
        """How many sounds and transcripts are cut, or do not fit each other."""
        return [*super().notes(split), *self._targets.notes(sampled(split))]

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets hold `texts`, and what the loss compares."""
        batch = super().collate(encoded, training=training)
        if batch.targets is None:
            return batch
        return replace(batch, inputs={**batch.inputs, **self._targets.given(batch.targets)})

    def outputs(self, model: nn.Module, batch: Batch) -> Any:
        """Of a network with a CTC head the logits (B, frames, C) and the frames that count (B,).

        Of one that writes token by token the logits (B, U, V), each predicted from the true tokens before it.
        """
        return model(**batch.inputs)

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        """The loss of the transcripts as they are."""
        return self._targets.loss(self._loss, outputs, batch.targets)

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> Iterable[tuple[Any, Any]]:
        """The texts that are recognised, and the true ones."""
        said = self._targets.texts(model, batch, outputs)
        return (self._targets.measured(said, batch.targets),)

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """The texts that are recognised."""
        return self._targets.predictions(self._targets.texts(model, batch, outputs), batch.ids)
