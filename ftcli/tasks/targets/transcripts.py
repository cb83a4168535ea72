"""What is said, coming out of a sound: spelt frame by frame, or written token by token."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from torch import nn

from ftcli.config.schema import Generation
from ftcli.contracts import Batch, Example, Loss, Metric, Prediction
from ftcli.errors import ConfigError, DataError, Mistake
from ftcli.media.audio import seconds
from ftcli.metrics.word_errors import WordErrors
from ftcli.models.language.generation import generation_options, seeded
from ftcli.models.speech.characters import frames_needed
from ftcli.models.speech.ctc import CTCProcessor
from ftcli.models.speech.whisper import IGNORED, WhisperProcessor
from ftcli.tasks.lengths import too_long

Said = tuple[str, list[int]]  # a text, and its classes or tokens


class Transcripts(Protocol):
    """What `SpeechRecognition` needs of the one and the other."""

    def encode(self, example: Example) -> Said: ...
    def collate(self, targets: Sequence[Said]) -> dict[str, Any]: ...
    def metrics(self) -> dict[str, Metric]: ...
    def measured(self, outputs: Any, targets: Any) -> tuple[Any, Any]: ...
    def predictions(self, outputs: Any, ids: Sequence[str]) -> list[Prediction]: ...
    def given(self, targets: Mapping[str, Any]) -> dict[str, Any]:
        """What of the targets the network takes as well."""
        ...

    def loss(self, measure: Callable[..., Loss], outputs: Any, targets: Mapping[str, Any]) -> Loss: ...
    def texts(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[str]:
        """What is understood; `outputs` are those of a pass over the batch, where one was made."""
        ...

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """On transcripts that are not learned whole."""
        ...


class Texts:
    """What both share."""

    def metrics(self) -> dict[str, Metric]:
        """Edits of words and characters."""
        return {"word-errors": WordErrors()}

    def measured(self, outputs: list[str], targets: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """The texts that were understood, and those that were said."""
        return outputs, targets["texts"]

    def predictions(self, outputs: Sequence[str], ids: Sequence[str]) -> list[Prediction]:
        """The texts as labels."""
        return [Prediction(id_, text) for id_, text in zip(ids, outputs, strict=True)]


class Spelled(Texts):
    """By CTC: a class for each frame, of which the likeliest counts."""

    def __init__(self, own: CTCProcessor, generation: Generation) -> None:
        """Raises `ConfigError` for settings of how tokens are written, of which there are none."""
        if generation != Generation():
            problem = (
                "is for networks that write by token, such as whisper; a CTC head spells what is likeliest"
            )
            raise ConfigError([Mistake("", "generation", f"{problem}: leave it out")])
        self._own = own

    def encode(self, example: Example) -> Said:
        """The text as it could be understood, and its characters as classes."""
        text = self._own.characters.read(_said(example))
        return text, self._own.characters.encode(text)

    def collate(self, targets: Sequence[Said]) -> dict[str, Any]:
        """The texts, and their classes as lists."""
        return {"texts": [text for text, _ in targets], "classes": [classes for _, classes in targets]}

    def given(self, targets: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing."""
        return {}

    def loss(self, measure: Callable[..., Loss], outputs: Any, targets: Mapping[str, Any]) -> Loss:
        """The loss of logits and counts of frames."""
        return measure(*outputs, targets["classes"], self._own.characters.blank)

    def texts(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[str]:
        """The likeliest class of each frame that counts, read as CTC means it."""
        logits, counts = model(**batch.inputs) if outputs is None else outputs
        rows = zip(logits.argmax(-1).tolist(), counts.tolist(), strict=True)
        return [self._own.characters.decode(row[:count]) for row, count in rows]

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many sounds have fewer frames than their text needs."""
        said = [example for example in examples if example.target is not None]
        missing = [
            frames_needed(self._own.characters.encode(_said(one)))
            - seconds(one.inputs["audio"]) / self._own.frame
            for one in said
        ]
        needs = f"CTC needs a frame of {self._own.frame:g} s for each character"
        return too_long(missing, 0, f"sounds are too short for their transcripts, and teach nothing: {needs}")


class Written(Texts):
    """Token by token, each from the sound and the tokens before it."""

    def __init__(self, own: WhisperProcessor, generation: Generation, seed: int) -> None:
        self._own = own
        self._options = generation_options(generation, max_length=own.room + 1)
        self._seed = seed

    def encode(self, example: Example) -> Said:
        """The text, and its tokens with those that begin and end it."""
        text = _said(example)
        return text, self._own.tokens(text)

    def collate(self, targets: Sequence[Said]) -> dict[str, Any]:
        """The texts, and `decoder_input_ids` and `labels`, int64 (B, U)."""
        tokens = self._own.collate([tokens for _, tokens in targets])
        return {"texts": [text for text, _ in targets], **tokens}

    def given(self, targets: Mapping[str, Any]) -> dict[str, Any]:
        """The tokens so far."""
        return {"decoder_input_ids": targets["decoder_input_ids"]}

    def loss(self, measure: Callable[..., Loss], outputs: Any, targets: Mapping[str, Any]) -> Loss:
        """The loss of the tokens that are no padding."""
        there = targets["labels"] != IGNORED
        return measure(outputs[there].float(), targets["labels"][there])

    def texts(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[str]:
        """What the network writes by itself."""
        net: Any = model
        values = batch.inputs["values"]
        with seeded(self._seed, values.device):
            written: list[str] = net.backbone.write(values, self._own, self._options)
        return written

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many texts are longer than the network has positions for."""
        lengths = [len(self._own.tokenised(_said(one))) for one in examples if one.target is not None]
        words = f"transcripts have more than {self._own.room} tokens, the network's most: the rest is cut off"
        return too_long(lengths, self._own.room, words)


def _said(example: Example) -> str:
    """The transcript, with single spaces. Raises `DataError` for what is no text."""
    if not isinstance(example.target, str):
        raise DataError(f"{example.id}: {example.target!r} is not a text")
    return " ".join(example.target.split())
