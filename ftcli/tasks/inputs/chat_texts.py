"""Inputs of causal language models: chats, of which the answers are learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Example, TextPreprocess
from ftcli.contracts.chats import ASSISTANT, USER, Chat, Turn
from ftcli.errors import DataError
from ftcli.models.language.chat_template import ChatTemplate
from ftcli.tasks.inputs.causal_texts import CausalTexts
from ftcli.tasks.lengths import too_long

Tokens = tuple[list[int], list[bool]]


class ChatTexts(CausalTexts):
    """Token ids of chats, and which of them are learned. A text is a turn of the user, with its answer if there is one.

    A chat that is too long loses its end; where no answer would be left, its beginning. Of one that is to be answered
    the end is kept.
    """

    def __init__(self, preprocess: TextPreprocess, *, room: int) -> None:
        super().__init__(preprocess, packed=False, prompted=False, room=room)
        self.template = ChatTemplate(self.tokenizer)
        self.ends = self.template.ends(self.end)

    @property
    def encoding(self) -> Mapping[str, Any]:
        """The tokenizer and its template."""
        digest = blake2b(self.template.source.encode(), digest_size=16).hexdigest()
        return {**super().encoding, "chat": digest}

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """`input_ids` of each, int32 (tokens,), and which are `learned`, uint8. Raises `DataError` without a chat."""
        return [_tensors(*self._cut(example, *self._tokens(example))) for example in examples]

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many chats are cut."""
        if not examples:
            return []
        known = examples[0].target is not None
        limit = self.max_length if known else self.max_length - self.room
        lost = "the end is cut off, or the beginning where no answer were left"
        words = f"chats have more than {limit} tokens ({'data.max_length' if known else 'the rest is to be written'})"
        lost = lost if known else "their beginning is not read"
        joined = [self.template.suited(chat) != chat for chat in map(_chat, examples)]
        system = (
            "chats begin with the system, which the template does not take: its turn is joined to the user's"
        )
        return [*too_long(self.lengths(examples), limit, f"{words}: {lost}"), *too_long(joined, 0, system)]

    def lengths(self, examples: Sequence[Example]) -> list[int]:
        """The tokens of each chat."""
        return [len(self._tokens(example)[0]) for example in examples]

    def _tokens(self, example: Example) -> Tokens:
        chat = self.template.suited(_chat(example))
        try:
            if example.target is not None:
                return self.template.tokens(chat.answered(), self.end)
            ids = self.template.prompt(chat.unanswered())
        except DataError as error:
            raise DataError(f"{example.id}: {error}") from error
        return ids, [False] * len(ids)

    def _cut(self, example: Example, ids: list[int], learned: list[bool]) -> Tokens:
        if example.target is None:
            room = self.max_length - self.room
            return ids[-room:], learned[-room:]
        first = (
            slice(0, self.max_length) if any(learned[1 : self.max_length]) else slice(-self.max_length, None)
        )
        return ids[first], learned[first]


def _chat(example: Example) -> Chat:
    """The chat of an example. Raises `DataError` for what is none, and for one without the turns that are needed."""
    text, answer = example.inputs.get("text"), example.inputs.get("target")
    if isinstance(text, Chat):
        chat = text
    elif isinstance(text, str):
        chat = Chat((Turn(USER, text), *((Turn(ASSISTANT, answer),) if isinstance(answer, str) else ())))
    else:
        raise DataError(f"{example.id}: {text!r} is neither a chat nor a text")
    if example.target is not None and not chat.answers:
        raise DataError(
            f"{example.id}: this chat has no turn of the assistant, so that nothing of it is learned"
        )
    if example.target is None and not chat.unanswered():
        raise DataError(f"{example.id}: this chat has no turn before the answer that is to be written")
    return chat


def _tensors(ids: Sequence[int], learned: Sequence[bool]) -> dict[str, Tensor]:
    return {
        "input_ids": torch.tensor(ids, dtype=torch.int32),
        "learned": torch.tensor(learned, dtype=torch.uint8),
    }
