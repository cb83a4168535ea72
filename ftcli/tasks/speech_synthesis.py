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
from ftcli.models.speech.speecht5 import SpeechProcessor, Voices
from ftcli.models.speech.vocoder import load_vocoder
from ftcli.tasks.inputs.texts_to_speak import Scripts
from ftcli.tasks.lengths import sampled
from ftcli.tasks.supervised import LossFunction, SupervisedTask
from ftcli.tasks.targets.speech import Spoken


class SpeechSynthesis(SupervisedTask[Scripts, Spoken]):
    """A sound for each text, in the voice of one of the speakers that training has heard.

    Figures compare the frames that the network gives when it is told the true ones before them: speaking by itself
    takes a hundred times as long, and what it then says is as long or short as it likes.
    """

    inputs = (TEXT,)
    form = "synthesizer"
    wants = "speech"
    sections = frozenset[str]()

    def __init__(
        self, target: Target, preprocess: SpeechProcessor, loss: LossFunction, *, vocoder: str | None = None
    ) -> None:
        """`vocoder` is the id or folder of a HiFi-GAN. Raises `WeightsError` for one that cannot be read."""
        spoken = Spoken(preprocess, target.classes, load_vocoder(vocoder, preprocess.extractor))
        super().__init__(target, preprocess, Head(), loss, inputs=Scripts(preprocess), targets=spoken)

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """What makes spectrograms audible."""
        return {"vocoder": experiment.model.vocoder}

    def attach(self, backbone: Backbone) -> Voices:
        """The network, and a voice for each speaker."""
        return Voices(backbone, len(self._targets.speakers))

    def notes(self, split: Split) -> list[str]:
        """How many texts and sounds are cut, and what is not spoken."""
        return [*super().notes(split), *self._targets.notes(sampled(split))]

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        """As others, with the number of the speaker, which does not follow from the text; the first for nobody."""
        encoded = super().encode(example, inputs)
        return replace(
            encoded, inputs={**encoded.inputs, "speaker": torch.tensor(self._targets.number(example))}
        )

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch, with the true spectrogram among the inputs where it is known: a frame follows from those before."""
        batch = super().collate(encoded, training=training)
        speakers = torch.stack([one.inputs["speaker"] for one in encoded])
        heard = {} if batch.targets is None else {"spectrogram": batch.targets}
        return replace(batch, inputs={**batch.inputs, "speaker": speakers, **heard})

    def outputs(self, model: nn.Module, batch: Batch) -> Mapping[str, Any]:
        """The spectrogram `before` and `after` its last layers, and when it ends; from the true frames before each."""
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
        """What the network says by itself."""
        net: Any = model
        spoken = net.speak(**{name: value for name, value in batch.inputs.items() if name != "spectrogram"})
        tokenizer = self._targets.script.tokenizer
        texts = tokenizer.batch_decode(batch.inputs["input_ids"], skip_special_tokens=True)
        said = zip(map(str.strip, texts), batch.inputs["speaker"].tolist(), spoken, strict=True)
        return self._targets.predictions(said, batch.ids)
