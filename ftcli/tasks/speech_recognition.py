"""Speech recognition: sounds to transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from ftcli.config.generation import Generation
from ftcli.config.schema import Experiment, Head
from ftcli.contracts import Batch, Encoded, Loss, Prediction, Split, Target
from ftcli.contracts.modalities import AUDIO
from ftcli.models.speech.ctc import CTCProcessor
from ftcli.tasks.inputs.sounds import Sounds
from ftcli.tasks.lengths import sampled
from ftcli.tasks.supervised import LossFunction, SupervisedTask
from ftcli.tasks.targets.transcripts import CTCTranscripts, GeneratedTranscripts, TranscriptCodec


class SpeechRecognition(SupervisedTask[Sounds, TranscriptCodec]):
    """A transcript for each sound, by a CTC head or by a decoder, whichever the network has."""

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
        sounds = Sounds(preprocess.audio, **options)
        texts = self.codec(preprocess, generation, seed)
        super().__init__(target, preprocess, Head(), loss, inputs=sounds, targets=texts)

    @classmethod
    def codec(cls, preprocess: Any, generation: Generation, seed: int) -> TranscriptCodec:
        """What encodes the texts and decodes the outputs of a network that takes `preprocess`."""
        if isinstance(preprocess, CTCProcessor):
            return CTCTranscripts(preprocess, generation)
        return GeneratedTranscripts(preprocess, generation, seed)

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """How texts are generated, and where sounds are cut."""
        options = {"generation": experiment.generation, "seed": experiment.training.seed}
        return {**options, **Sounds.options(experiment.data)}

    def notes(self, split: Split) -> list[str]:
        """How many sounds and transcripts are cut, or do not fit each other."""
        return [*super().notes(split), *self._targets.notes(sampled(split))]

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets hold `texts`, and what the loss compares. Inputs of a decoder are among the inputs."""
        batch = super().collate(encoded, training=training)
        given = self._targets.decoder_inputs(batch.targets, len(encoded))
        return replace(batch, inputs={**batch.inputs, **given})

    def outputs(self, model: nn.Module, batch: Batch) -> Any:
        """Of a network with a CTC head the logits (B, frames, C) and the frames that count (B,).

        Of one with a decoder the logits (B, U, V) of the tokens, each predicted from the true tokens before it; without
        targets those (B, 1, V) of the first token of the text.
        """
        outputs = model(**batch.inputs)
        if batch.targets is None and isinstance(outputs, Tensor):
            return outputs[:, -1:]
        return outputs

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        """The loss of the transcripts."""
        return self._targets.loss(self._loss, outputs, batch.targets)

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> Iterable[tuple[Any, Any]]:
        """The predicted texts, and the true ones."""
        return self.measured_texts(self._targets.texts(model, batch, outputs), batch)

    def measured_texts(self, texts: Sequence[str], batch: Batch) -> Iterable[tuple[Any, Any]]:
        """What the metrics compare where the texts are written already."""
        return (self._targets.measured(list(texts), batch.targets),)

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """The predicted texts."""
        return self._targets.predictions(self._targets.texts(model, batch, outputs), batch.ids)
