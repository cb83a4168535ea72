"""A text for a sound: by a CTC head, a character for each frame, or by a decoder, token by token."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ftcli.config.generation import Generation
from ftcli.contracts import Batch, Example, ExampleScores, Loss, Metric, Outcomes, Prediction
from ftcli.errors import ConfigError, DataError, Mistake
from ftcli.media.audio import seconds
from ftcli.metrics.intervals import of_sums
from ftcli.metrics.of_examples.resampled import ratios
from ftcli.metrics.word_errors import WordErrors, edit_counts
from ftcli.models.language.generation import generation_options, seeded
from ftcli.models.speech.characters import frames_needed, named
from ftcli.models.speech.ctc import CTCProcessor
from ftcli.models.speech.whisper import IGNORED, WhisperProcessor
from ftcli.tasks.lengths import too_long
from ftcli.tasks.targets.texts import TextMeasure

# A text, and its classes (CTC) or tokens.
EncodedTranscript = tuple[str, list[int]]


def transcript_metrics() -> dict[str, Metric]:
    """Edits of words and characters."""
    return {"word-errors": WordErrors()}


def transcript_scores(outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
    """1 less the word error rate of each transcript, which may be negative; 0 where there should be no word."""
    predicted, true = outcomes.predicted, outcomes.true
    rows = [edit_counts([said], [there]) for said, there in zip(predicted, true, strict=True)]
    counts = np.array(rows, dtype=np.float64).reshape(-1, 4)
    edits, words = counts[:, 0], counts[:, 2]
    scores = np.where(edits == 0, 1.0, np.where(words > 0, 1.0 - edits / np.maximum(words, 1), 0.0))
    return ExampleScores(
        scores.tolist(),
        "1 less the word error rate of a transcript",
        true=true,
        predicted=predicted,
        intervals=of_sums(lambda: counts, counts.shape, ratios(("wer", "cer"))),
    )


TRANSCRIPTS = TextMeasure(transcript_metrics, transcript_scores)


class TranscriptCodec(ABC):
    """Texts to learn for sounds, and the texts that the network writes for them."""

    measure: TextMeasure

    def metrics(self) -> dict[str, Metric]:
        """Those that compare the texts."""
        return self.measure.metrics()

    @abstractmethod
    def encode(self, example: Example) -> EncodedTranscript:
        """The text, and its classes or tokens. Raises `DataError` for a target that is not a text."""

    @abstractmethod
    def collate(self, targets: Sequence[EncodedTranscript]) -> dict[str, Any]:
        """The `texts` of a batch, and what the loss compares."""

    @abstractmethod
    def decoder_inputs(self, targets: Mapping[str, Any] | None, size: int) -> dict[str, Tensor]:
        """What the network takes beside the sounds of a batch of `size` examples, with or without targets."""

    @abstractmethod
    def loss(self, measure: Callable[..., Loss], outputs: Any, targets: Mapping[str, Any]) -> Loss:
        """The loss of the network's outputs."""

    @abstractmethod
    def texts(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[str]:
        """The text for each sound; `outputs` are those of the batch, where they are known."""

    @abstractmethod
    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many transcripts are not learned whole."""

    def measured(self, outputs: list[str], targets: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """What the metrics compare: the predicted and the true texts."""
        return outputs, targets["texts"]

    def outcomes(self, predicted: list[str], true: list[str]) -> Outcomes:
        """The texts."""
        return Outcomes(list(predicted), list(true))

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """Each text by the measure that compares all of them."""
        return self.measure.example_scores(outcomes, metrics)

    def predictions(self, outputs: Sequence[str], ids: Sequence[str]) -> list[Prediction]:
        """The texts as labels."""
        return [Prediction(id_, text) for id_, text in zip(ids, outputs, strict=True)]


class CTCTranscripts(TranscriptCodec):
    """By CTC (Graves et al. 2006): a class for each frame, of which the likeliest counts."""

    def __init__(self, processor: CTCProcessor, generation: Generation) -> None:
        """Raises `ConfigError` for settings of generation: nothing is generated."""
        if generation != Generation():
            problem = "is for networks that write by token, such as whisper; a CTC head takes the likeliest character"
            raise ConfigError([Mistake("", "generation", f"{problem}: leave it out")])
        self._processor = processor
        self.measure = TRANSCRIPTS

    def encode(self, example: Example) -> EncodedTranscript:
        """The text in the characters that the network knows, and their classes."""
        text = self._processor.characters.read(text_of(example))
        return text, self._processor.characters.encode(text)

    def collate(self, targets: Sequence[EncodedTranscript]) -> dict[str, Any]:
        """The `texts`, and their `classes` as lists."""
        return {"texts": [text for text, _ in targets], "classes": [classes for _, classes in targets]}

    def decoder_inputs(self, targets: Mapping[str, Any] | None, size: int) -> dict[str, Tensor]:
        """Nothing: there is no decoder."""
        return {}

    def loss(self, measure: Callable[..., Loss], outputs: Any, targets: Mapping[str, Any]) -> Loss:
        """The loss of the logits (B, frames, C) and the counts of frames (B,)."""
        return measure(*outputs, targets["classes"], self._processor.characters.blank)

    def texts(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[str]:
        """The likeliest class of each frame, without repetitions and blanks."""
        logits, counts = model(**batch.inputs) if outputs is None else outputs
        rows = zip(logits.argmax(-1).tolist(), counts.tolist(), strict=True)
        return [self._processor.characters.decode(row[:count]) for row, count in rows]

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many sounds have fewer frames than their text needs."""
        labelled = [example for example in examples if example.target is not None]
        missing = [
            frames_needed(self._processor.characters.encode(text_of(one)))
            - seconds(one.inputs["audio"]) / self._processor.frame
            for one in labelled
        ]
        needs = f"CTC needs a frame of {self._processor.frame:g} s for each character"
        short = too_long(
            missing, 0, f"sounds are too short for their transcripts, and teach nothing: {needs}"
        )
        return [*short, *self._unknown([text_of(one) for one in labelled])]

    def _unknown(self, texts: Sequence[str]) -> list[str]:
        """How many transcripts hold characters that are never written, as no training transcript has them."""
        characters = self._processor.characters
        many = [len(characters.lacking([text])) for text in texts]
        return too_long(
            many,
            0,
            f"transcripts hold characters that the network has no class for ({named(characters.lacking(texts))})",
        )


class GeneratedTranscripts(TranscriptCodec):
    """Token by token, each from the sound and the tokens before it (Radford et al. 2023)."""

    def __init__(
        self,
        processor: WhisperProcessor,
        generation: Generation,
        seed: int,
        measure: TextMeasure = TRANSCRIPTS,
    ) -> None:
        """`seed` is for random choices of `generation`; `measure` compares the texts."""
        self._processor = processor
        self.measure = measure
        self._options = generation_options(generation, max_length=processor.room + 1)
        self._seed = seed

    def encode(self, example: Example) -> EncodedTranscript:
        """The text, and its tokens with those that begin and end it."""
        text = text_of(example)
        return text, self._processor.tokens(text)

    def collate(self, targets: Sequence[EncodedTranscript]) -> dict[str, Any]:
        """The `texts`, and `decoder_input_ids` and `labels`, int64 (B, U)."""
        tokens = self._processor.collate([tokens for _, tokens in targets])
        return {"texts": [text for text, _ in targets], **tokens}

    def decoder_inputs(self, targets: Mapping[str, Any] | None, size: int) -> dict[str, Tensor]:
        """`decoder_input_ids` (B, U): the true tokens, or without targets those that begin every text."""
        if targets is None:
            return {"decoder_input_ids": torch.tensor(self._processor.prompt).repeat(size, 1)}
        return {"decoder_input_ids": targets["decoder_input_ids"]}

    def loss(self, measure: Callable[..., Loss], outputs: Any, targets: Mapping[str, Any]) -> Loss:
        """The loss of the logits (B, U, V) of the tokens that are not padding."""
        counted = targets["labels"] != IGNORED
        return measure(outputs[counted].float(), targets["labels"][counted])

    def texts(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[str]:
        """The texts that the network generates."""
        network: Any = model
        values = batch.inputs["values"]
        with seeded(self._seed, values.device):
            written: list[str] = network.backbone.write(values, self._processor, self._options)
        return written

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many texts are longer than the network has positions for."""
        room = self._processor.room
        lengths = [len(self._processor.tokenised(text_of(one))) for one in examples if one.target is not None]
        words = f"texts to write have more than {room} tokens, the network's most: the rest is cut off"
        return too_long(lengths, room, words)


def text_of(example: Example) -> str:
    """The target text, with single spaces. Raises `DataError` for a target that is not a text."""
    if not isinstance(example.target, str):
        raise DataError(f"{example.id}: {example.target!r} is not a text")
    return " ".join(example.target.split())
