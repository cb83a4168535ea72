"""Texts to speech."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ftcli.config.schema import Experiment, Head
from ftcli.contracts import Backbone, Batch, Encoded, Example, Loss, Prediction, Split, Target
from ftcli.contracts.modalities import TEXT
from ftcli.errors import DataError
from ftcli.models.speech.speecht5 import SpeechProcessor, Voices
from ftcli.models.speech.vocoder import load_vocoder
from ftcli.tasks.inputs.texts_to_speak import TextsToSpeak
from ftcli.tasks.lengths import sampled
from ftcli.tasks.supervised import LossFunction, SupervisedTask
from ftcli.tasks.targets.speech import SpeechCodec


class SpeechSynthesis(SupervisedTask[TextsToSpeak, SpeechCodec]):
    """A sound for each text, in the voice of one of the speakers of the training split.

    Figures compare the frames that the network predicts from the true ones before them (teacher forcing). Without these
    it takes a hundred times as long, and the frames cannot be paired with the true ones, as their number differs.
    """

    inputs = (TEXT,)
    form = "synthesizer"
    wants = "speech"
    sections = frozenset[str]()

    def __init__(
        self, target: Target, preprocess: SpeechProcessor, loss: LossFunction, *, vocoder: str | None = None
    ) -> None:
        """`vocoder` is the id or folder of a HiFi-GAN. Raises `WeightsError` for one that cannot be read."""
        spoken = SpeechCodec(preprocess, target.classes, load_vocoder(vocoder, preprocess.extractor))
        super().__init__(target, preprocess, Head(), loss, inputs=TextsToSpeak(preprocess), targets=spoken)

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """The vocoder, which makes sounds of spectrograms."""
        return {"vocoder": experiment.model.vocoder}

    def attach(self, backbone: Backbone) -> Voices:
        """The network, and a voice for each speaker."""
        return Voices(backbone, len(self._targets.speakers))

    def notes(self, split: Split) -> list[str]:
        """How many texts and sounds are cut, and which characters have no token."""
        return [*super().notes(split), *self._targets.notes(sampled(split))]

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        """As `SupervisedTask.encode`, with the number of the speaker among the inputs."""
        encoded = super().encode(example, inputs)
        return replace(
            encoded, inputs={**encoded.inputs, "speaker": torch.tensor(self._targets.number(example))}
        )

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch, with the true spectrogram among the inputs where it is known: a frame follows from those before."""
        batch = super().collate(encoded, training=training)
        speakers = torch.stack([one.inputs["speaker"] for one in encoded])
        known = {} if batch.targets is None else {"spectrogram": batch.targets}
        return replace(batch, inputs={**batch.inputs, "speaker": speakers, **known})

    def outputs(self, model: nn.Module, batch: Batch) -> Mapping[str, Any]:
        """The spectrogram `before` and `after` its last layers, and when it ends; from the true frames before each.

        Raises `DataError` for a batch without targets: a frame cannot be computed without those before it.
        """
        if batch.targets is None:
            needs = "the outputs of speech synthesis need the recorded sounds, as each frame follows from the true ones"
            raise DataError(f"{needs} before it. Only predictions can be made of texts alone")
        found: Mapping[str, Any] = model(**batch.inputs)
        return found

    def loss(self, outputs: Mapping[str, Any], batch: Batch) -> Loss:
        """How far the spectrograms are from the true ones."""
        loss: Any = self._loss
        tokens = batch.inputs["attention_mask"].sum(1)
        found: Loss = loss(**outputs, wanted=batch.targets, tokens=tokens)
        return found

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> Iterable[tuple[Any, Any]]:
        """The frames that the network gives from the true ones before, and the true ones."""
        return (self._targets.measured(outputs["after"], batch.targets),)

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """The speech that the network generates."""
        net: Any = model
        spoken = net.speak(**{name: value for name, value in batch.inputs.items() if name != "spectrogram"})
        tokenizer = self._targets.processor.tokenizer
        texts = tokenizer.batch_decode(batch.inputs["input_ids"], skip_special_tokens=True)
        rows = zip(map(str.strip, texts), batch.inputs["speaker"].tolist(), spoken, strict=True)
        return self._targets.predictions(rows, batch.ids)
