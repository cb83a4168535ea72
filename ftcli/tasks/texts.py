"""Texts going in: token ids of one text or a pair, padded to the longest of the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Encoded, Example, TextPreprocess
from ftcli.errors import ConfigError, DataError, Mistake


class Texts:
    """Tokenises and pads. Raises `ConfigError` for augmentation, or no room in `max_length`."""

    def __init__(self, preprocess: TextPreprocess, augment: str = "none") -> None:
        if augment != "none":
            raise ConfigError(
                [Mistake("", "data.augment", f"{augment!r} is for images. Leave it out for texts")]
            )
        self.tokenizer = preprocess.tokenizer
        self.max_length = preprocess.max_length
        self._special = {pair: int(self.tokenizer.num_special_tokens_to_add(pair)) for pair in (False, True)}
        self._check_length(pair=False)

    def encode(self, example: Example) -> dict[str, Any]:
        """`input_ids`, and `token_type_ids` where the tokenizer gives them: lists of int."""
        text, pair = example.inputs["text"], example.inputs.get("text_pair")
        for value in (text,) if pair is None else (text, pair):
            if not isinstance(value, str):
                raise DataError(f"{example.id}: {value!r} is not a text")
        if pair is not None:
            self._check_length(pair=True)
        tokens = self.tokenizer(
            text, pair, truncation="longest_first", max_length=self.max_length, return_attention_mask=False
        )
        return dict(tokens) if tokens["input_ids"] else self._nothing()

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """`input_ids`, `attention_mask` (and `token_type_ids`), each int64 (B, longest)."""
        rows = [one.inputs["input_ids"] for one in encoded]
        # The mask hides padding, so any id does for a tokenizer without a padding token, such as GPT-2's.
        padding = self.tokenizer.pad_token_id
        batch = {
            "input_ids": self._pad(rows, 0 if padding is None else padding),
            "attention_mask": self._pad([[1] * len(row) for row in rows], 0),
        }
        if "token_type_ids" in encoded[0].inputs:
            types = [one.inputs["token_type_ids"] for one in encoded]
            batch["token_type_ids"] = self._pad(types, self.tokenizer.pad_token_type_id)
        return batch

    def _pad(self, rows: Sequence[Sequence[int]], value: int) -> Tensor:
        longest = max(map(len, rows))
        left = self.tokenizer.padding_side == "left"
        padded = []
        for row in rows:
            fill = [value] * (longest - len(row))
            padded.append([*fill, *row] if left else [*row, *fill])
        return torch.tensor(padded, dtype=torch.int64)

    def _nothing(self) -> dict[str, Any]:
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
