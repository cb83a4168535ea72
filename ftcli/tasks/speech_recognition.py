"""Sounds to what is said in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import nn

from ftcli.config.schema import Experiment, Generation, Head
from ftcli.contracts import Backbone, Batch, Encoded, Loss, Metric, Prediction, Split, Target
from ftcli.models.network import Network
from ftcli.models.speech.ctc import CTCProcessor
from ftcli.tasks.inputs.sounds import Sounds
from ftcli.tasks.lengths import sampled
from ftcli.tasks.supervised import LossFunction, Supervised
from ftcli.tasks.targets.transcripts import Spelled, Transcripts, Written


class SpeechRecognition(Supervised):
    """A transcript for each sound; the network decides how it is learned and written."""

    modality = "audio"
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
        self._transcripts: Transcripts = (
            Spelled(preprocess, generation)
            if isinstance(preprocess, CTCProcessor)
            else Written(preprocess, generation, seed)
        )
        super().__init__(target, preprocess, Head(), loss, reader=Sounds(preprocess.audio, **options))

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """How texts are written, and where sounds are cut."""
        options = {"generation": experiment.generation, "seed": experiment.training.seed}
        return {**options, **Sounds.options(experiment.data)}

    def _made_answers(self, preprocess: Any) -> Transcripts:
        return self._transcripts

    def attach(self, backbone: Backbone) -> Network:
        """The network as it is: its head is inside."""
        return Network(backbone)

    def notes(self, split: Split) -> list[str]:
        """How many sounds and transcripts are cut, or do not fit each other."""
        return [*super().notes(split), *self._transcripts.notes(sampled(split))]

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets hold `texts`, and what the loss compares."""
        batch = super().collate(encoded, training=training)
        if batch.targets is None:
            return batch
        return replace(batch, inputs={**batch.inputs, **self._transcripts.given(batch.targets)})

    def loss(self, model: nn.Module, batch: Batch) -> Loss:
        """Forward pass and loss."""
        return self._transcripts.loss(self._loss, model(**batch.inputs), batch.targets)

    def score(self, model: nn.Module, batch: Batch, metrics: Mapping[str, Metric]) -> Loss:
        """What is understood goes into `metrics`; the loss is that of the transcripts as they are."""
        outputs = model(**batch.inputs)
        said = self._transcripts.texts(model, batch, outputs)
        for metric in metrics.values():
            metric.update(*self._transcripts.measured(said, batch.targets))
        return self._transcripts.loss(self._loss, outputs, batch.targets)

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """What is understood."""
        return self._transcripts.predictions(self._transcripts.texts(model, batch), batch.ids)
