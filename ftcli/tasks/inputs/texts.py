"""Texts going in: token ids of one text or a pair, padded to the longest of the batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ftcli.config.schema import Data
from ftcli.contracts import Encoded, Example, TextPreprocess
from ftcli.errors import ConfigError, DataError, Mistake
from ftcli.tasks.lengths import too_long


class Texts:
    """Tokenises and pads. Raises `ConfigError` for no room in `max_length`."""

    sequence: ClassVar[str | None] = "input_ids"

    def __init__(self, preprocess: TextPreprocess) -> None:
        self.tokenizer = preprocess.tokenizer
        self.max_length = preprocess.max_length
        self._special = {pair: int(self.tokenizer.num_special_tokens_to_add(pair)) for pair in (False, True)}
        self._check_length(pair=False)

    @classmethod
    def options(cls, data: Data) -> dict[str, Any]:
        """Nothing: all is in the preprocessing."""
        return {}

    def samples(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """A short text and a longer one."""
        return {"text": "one"}, {"text": "one two three four five"}

    @cached_property
    def encoding(self) -> Mapping[str, Any]:
        """The tokenizer as a hash, and how it is used; a large vocabulary takes a while."""
        return {
            "tokenizer": blake2b(description(self.tokenizer).encode(), digest_size=16).hexdigest(),
            "max_length": self.max_length,
            "truncation_side": self.tokenizer.truncation_side,
            "names": sorted(self.tokenizer.model_input_names),
            "nothing": self._nothing()["input_ids"],
        }

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """`input_ids` of each, and `token_type_ids` where the tokenizer gives them: int32 (tokens)."""
        made: dict[int, dict[str, Tensor]] = {}
        for pair in (False, True):
            chosen = {i: one for i, one in enumerate(examples) if (_pair(one) is not None) == pair}
            if chosen:
                made |= zip(chosen, self._tokenise(list(chosen.values()), pair=pair), strict=True)
        return [made[i] for i in range(len(examples))]

    def _tokenise(self, examples: Sequence[Example], *, pair: bool) -> list[dict[str, Tensor]]:
        texts = [_checked(one, one.inputs["text"]) for one in examples]
        pairs = [_checked(one, _pair(one)) for one in examples] if pair else None
        if pair:
            self._check_length(pair=True)
        tokens = self.tokenizer(
            texts, pairs, truncation="longest_first", max_length=self.max_length, return_attention_mask=False
        )
        rows = [dict(zip(tokens, row, strict=True)) for row in zip(*tokens.values(), strict=True)]
        return [_tensors(row if row["input_ids"] else self._nothing()) for row in rows]

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many texts are cut."""
        words = f"texts have more than {self.max_length} tokens (data.max_length): the rest is cut off"
        return too_long(self.lengths(examples), self.max_length, words)

    def lengths(self, examples: Sequence[Example]) -> list[int]:
        """The tokens of each text or pair, with those that would be cut; pairs come last."""
        found: list[int] = []
        for pair in (False, True):
            chosen = [one for one in examples if (_pair(one) is not None) == pair]
            if chosen:
                texts = [_checked(one, one.inputs["text"]) for one in chosen]
                pairs = [_checked(one, _pair(one)) for one in chosen] if pair else None
                found += map(len, self.tokenizer(texts, pairs, verbose=False)["input_ids"])
        return found

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """`input_ids`, `attention_mask` (and `token_type_ids`), each int64 (B, longest)."""
        rows = [one.inputs["input_ids"] for one in encoded]
        # The mask hides padding, so any id does for a tokenizer without a padding token, such as GPT-2's.
        padding = self.tokenizer.pad_token_id
        batch = {
            "input_ids": self.pad(rows, 0 if padding is None else padding).long(),
            "attention_mask": self.pad([torch.ones_like(row) for row in rows]).long(),
        }
        if "token_type_ids" in encoded[0].inputs:
            types = [one.inputs["token_type_ids"] for one in encoded]
            batch["token_type_ids"] = self.pad(types, self.tokenizer.pad_token_type_id).long()
        return batch

    def pad(self, rows: Sequence[Tensor], value: float = 0) -> Tensor:
        """Rows (tokens, ...) as one array (B, longest, ...), padded on the tokenizer's side."""
        side = self.tokenizer.padding_side
        return pad_sequence(list(rows), batch_first=True, padding_value=value, padding_side=side)

    def _nothing(self) -> dict[str, list[int]]:
        """An empty text, where the tokenizer adds nothing: an end token, so that there is one to pool."""
        ends = (self.tokenizer.eos_token_id, self.tokenizer.bos_token_id, self.tokenizer.pad_token_id)
        inputs = {"input_ids": [next((end for end in ends if end is not None), 0)]}
        if "token_type_ids" in self.tokenizer.model_input_names:
            inputs["token_type_ids"] = [0]
        return inputs

    def _check_length(self, *, pair: bool) -> None:
        special = self._special[pair]
        if self.max_length <= special:
            what = "a pair of texts" if pair else "a text"
            problem = (
                f"{self.max_length} leaves no room beside the {special} special tokens of {what}. "
                f"It must be at least {special + (2 if pair else 1)}"
            )
            raise ConfigError([Mistake("", "data.max_length", problem)])


def _pair(example: Example) -> Any:
    """The second text, if there is one."""
    return example.inputs.get("text_pair")


def _checked(example: Example, value: Any) -> str:
    if not isinstance(value, str):
        raise DataError(f"{example.id}: {value!r} is not a text")
    return value


def _tensors(row: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    return {name: torch.tensor(values, dtype=torch.int32) for name, values in row.items()}


def description(tokenizer: Any) -> str:
    """All that tells how texts are taken apart; of a slow tokenizer its class, options and vocabulary."""
    if tokenizer.is_fast:
        description = json.loads(tokenizer.backend_tokenizer.to_str())
        for state in ("truncation", "padding"):  # left behind by earlier calls
            description.pop(state, None)
    else:
        description = [type(tokenizer).__name__, tokenizer.init_kwargs, tokenizer.get_vocab()]
    return json.dumps(description, sort_keys=True, default=str)
