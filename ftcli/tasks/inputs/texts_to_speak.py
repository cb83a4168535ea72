"""Texts going in that are to be spoken."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, ClassVar

import torch
from torch import Tensor

from ftcli.contracts import Encoded, Example
from ftcli.errors import DataError, listing
from ftcli.models.speech.speecht5 import SpeechProcessor
from ftcli.tasks.inputs.texts import description
from ftcli.tasks.lengths import too_long


class Scripts:
    """Texts as characters or pieces of words, with single spaces."""

    sequence: ClassVar[str | None] = "input_ids"

    def __init__(self, preprocess: SpeechProcessor) -> None:
        self.script = preprocess

    def samples(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """A short text and a longer one, of a letter that the model knows."""
        letter = next((one for one in string.ascii_letters if not self.script.unknown(one)), "")
        return {"text": letter}, {"text": 5 * letter}

    @property
    def encoding(self) -> Mapping[str, Any]:
        """The tokenizer as a hash, and where texts are cut."""
        told = blake2b(description(self.script.tokenizer).encode(), digest_size=16).hexdigest()
        return {"spoken": told, "most": self.script.most_tokens}

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """`input_ids` of each, int32 (tokens,). Raises `DataError` for what cannot be spoken, when predicting."""
        return [{"input_ids": self.script.tokens(self._text(example))} for example in examples]

    def _text(self, example: Example) -> str:
        text = spoken_text(example)
        unknown = self.script.unknown(text) if example.target is None else None
        if unknown:
            marks = listing([repr(mark) for mark in sorted(unknown)])
            raise DataError(f"{example.id}: the model has not learned to speak {marks}")
        return text

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """`input_ids` and `attention_mask`, int64 (B, longest)."""
        return self.script.collate([one.inputs["input_ids"] for one in encoded])

    def pad(self, rows: Sequence[Tensor]) -> Tensor:
        """Rows of one shape as one array."""
        return torch.stack(list(rows))

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many texts are cut, and which characters are not spoken."""
        texts = list(map(spoken_text, examples))
        most = self.script.most_tokens
        lengths = [len(self.script.tokenised(text)) for text in texts]
        found = too_long(lengths, most, f"texts have more than {most} tokens: the rest is cut off")
        if unknown := self.script.unknown("".join(set("".join(texts)))):
            marks = listing([repr(mark) for mark in sorted(unknown)])
            found.append(f"the model has no token for {marks}: they are not spoken")
        return found


def spoken_text(example: Example) -> str:
    """The text with single spaces. Raises `DataError` for what is no text, or empty."""
    text = example.inputs["text"]
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{example.id}: {text!r} is not a text that can be spoken")
    return " ".join(text.split())
