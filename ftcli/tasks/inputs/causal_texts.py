"""Inputs of causal language models: a text with its end token, or a prompt and the answer that is learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Example, Packing, TextPreprocess
from ftcli.errors import ConfigError, DataError, Mistake
from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.lengths import too_long

# Between a prompt and its answer.
BREAK = "\n"


class CausalTexts(Texts):
    """Token ids of whole texts, which are cut at `max_length` unless they are `packed`.

    With `prompted`, a line break parts prompt and answer; where both are too long, the answer gets up to half of the
    length and the prompt loses its beginning. `room` tokens are kept free behind a prompt that is to be continued.
    """

    def __init__(self, preprocess: TextPreprocess, *, packed: bool, prompted: bool, room: int) -> None:
        """Raises `ConfigError` where `room` leaves none for a prompt."""
        super().__init__(preprocess)
        self.packed, self.prompted, self.room = packed, prompted, room
        tokenizer = self.tokenizer
        ends = (tokenizer.eos_token_id, tokenizer.sep_token_id, tokenizer.bos_token_id)
        self.end = next((int(end) for end in ends if end is not None), None)
        # Ids of the tokens that end what is written, where they are not those of the network's own settings.
        self.ends: list[int] = []
        if room >= self.max_length:
            problem = f"{room} leaves no room for a prompt, as data.max_length is {self.max_length}"
            raise ConfigError([Mistake("", "generation.max_new_tokens", problem)])

    @property
    def encoding(self) -> Mapping[str, Any]:
        """The tokenizer, and what parts a prompt from its answer."""
        return {**super().encoding, "prompted": self.prompted}

    @property
    def packing(self) -> Packing:
        """Blocks without a frame: each text ends with its end token."""
        return Packing(self.max_length)

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """`input_ids` of each, int32 (tokens,), and how many are a `prompt`. Raises `DataError` without a text."""
        texts = self._ids([self._text(example) for example in examples], special=True)
        answers = self._ids([example.inputs.get("target") or "" for example in examples], special=False)
        rows = zip(examples, texts, answers, strict=True)
        return [self._joined(example, ids, answer) for example, ids, answer in rows]

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many texts are cut; packed ones are not."""
        if not examples or (self.packed and examples[0].target is not None):
            return []
        known = examples[0].target is not None
        limit = self.max_length if known else self.max_length - self.room
        if not known:
            lost = "their beginning is not read"
        elif self.prompted:
            lost = "prompts lose their beginning, and answers longer than half of it their end"
        else:
            lost = "the rest is cut off"
        words = f"texts have more than {limit} tokens ({'data.max_length' if known else 'the rest is to be written'})"
        return too_long(self.lengths(examples), limit, f"{words}: {lost}")

    def lengths(self, examples: Sequence[Example]) -> list[int]:
        """The tokens of each prompt or text, with those of its answer."""
        texts = self._ids([self._text(example) for example in examples], special=True)
        answers = self._ids([example.inputs.get("target") or "" for example in examples], special=False)
        return [len(text) + len(answer) for text, answer in zip(texts, answers, strict=True)]

    def _text(self, example: Example) -> str:
        text = example.inputs.get("text")
        if not isinstance(text, str) or "text_pair" in example.inputs:
            raise DataError(f"{example.id}: {text!r} is not one text")
        return text + BREAK if self.prompted else text

    def _joined(self, example: Example, ids: list[int], answer: list[int]) -> dict[str, Tensor]:
        if example.target is None:
            return _tensors(self._prompt(ids)[-(self.max_length - self.room) :], 0)
        if "target" not in example.inputs:
            ids = self._ended(ids)
            return _tensors(ids if self.packed else ids[: self.max_length], 0)
        prompt = self._prompt(ids)
        learned = self._ended(answer)[: max(self.max_length - len(prompt), self.max_length // 2)]
        prompt = prompt[-(self.max_length - len(learned)) :]
        return _tensors([*prompt, *learned], len(prompt))

    def _prompt(self, ids: list[int]) -> list[int]:
        """The ids without an end; of an empty text the token that there is at least."""
        ids = ids[:-1] if len(ids) > 1 and ids[-1] == self.end else ids
        return ids or self._nothing()["input_ids"]

    def _ended(self, ids: list[int]) -> list[int]:
        return ids if self.end is None or (ids and ids[-1] == self.end) else [*ids, self.end]

    def _ids(self, texts: list[str], *, special: bool) -> list[list[int]]:
        if not texts:
            return []
        made: list[list[int]] = self.tokenizer(
            texts, add_special_tokens=special, return_attention_mask=False, verbose=False
        )["input_ids"]
        return made


def _tensors(ids: Sequence[int], prompt: int) -> dict[str, Tensor]:
    return {
        "input_ids": torch.tensor(ids, dtype=torch.int32),
        "prompt": torch.tensor([prompt], dtype=torch.int32),
    }
