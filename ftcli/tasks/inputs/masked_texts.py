"""Inputs of masked language models: which tokens are masked, and by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Example, Packing, TextPreprocess
from ftcli.errors import DataError, ModelError
from ftcli.tasks.inputs.texts import Texts


class MaskedTexts(Texts):
    """Token ids of texts with special tokens; where they are `packed`, with a separator behind each alone."""

    def __init__(self, preprocess: TextPreprocess, *, packed: bool) -> None:
        """Raises `ModelError` for a tokenizer without a mask token."""
        super().__init__(preprocess)
        self.packed = packed
        if self.tokenizer.mask_token_id is None:
            raise ModelError("the tokenizer of this model has no mask token")
        self.mask = int(self.tokenizer.mask_token_id)
        self.special = torch.tensor(sorted(self.tokenizer.all_special_ids))
        self.before, self.after = self._frame()

    def samples(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """A short text and a longer one, each with a mask."""
        mask = self.tokenizer.mask_token
        return {"text": mask}, {"text": f"{mask} two three four five"}

    def _frame(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The tokens that the tokenizer puts before and behind a text."""
        whole: list[int] = self.tokenizer(self.tokenizer.mask_token)["input_ids"]
        place = whole.index(self.mask)
        return tuple(whole[:place]), tuple(whole[place + 1 :])

    @property
    def packing(self) -> Packing:
        """Blocks with the special tokens of one text (FULL-SENTENCES of RoBERTa, Liu et al. 2019)."""
        return Packing(self.max_length, self.before, self.after)

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """`input_ids` of each, int32 (tokens,). Raises `DataError` for a text to predict that has no gap."""
        predicted = examples[0].target is None if examples else False
        if self.packed and not predicted:
            return self._bare(examples)
        made = super().encode_inputs(examples)
        for example, inputs in zip(examples, made, strict=True):
            if predicted and not (inputs["input_ids"] == self.mask).any():
                within = f" among its first {self.max_length} tokens"
                raise DataError(f"{example.id}: no {self.tokenizer.mask_token} to fill{within}")
        return made

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many texts are cut; packed ones are not."""
        whole = self.packed and bool(examples) and examples[0].target is not None
        return [] if whole else super().notes(examples)

    def _bare(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        made = self.tokenizer(
            [example.inputs["text"] for example in examples],
            add_special_tokens=False,
            return_attention_mask=False,
            verbose=False,
        )["input_ids"]
        end = self.after[-1:]
        return [{"input_ids": torch.tensor([*ids, *end], dtype=torch.int32)} for ids in made]


class Masking:
    """Masks a share of the tokens, as BERT does (Devlin et al. 2019): at least one, and never a special one.

    Of those to predict 80 % become the mask, 10 % any token, and 10 % stay.
    """

    def __init__(self, texts: MaskedTexts, probability: float) -> None:
        self.probability = probability
        self._mask, self._special = texts.mask, texts.special
        vocabulary = torch.arange(len(texts.tokenizer))
        self._ordinary = vocabulary[~torch.isin(vocabulary, self._special)]

    def __call__(self, ids: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        """`ids` (tokens,) with some of them masked, and the places of those to predict, by `seed`."""
        random = torch.Generator().manual_seed(seed)
        places = torch.nonzero(~torch.isin(ids, self._special)).flatten()
        count = min(len(places), max(1, round(self.probability * len(places))))
        chosen = places[torch.randperm(len(places), generator=random)[:count]].sort().values
        kinds = torch.rand(count, generator=random)
        others = self._ordinary[torch.randint(len(self._ordinary), (count,), generator=random)]
        hidden = ids.clone()
        hidden[chosen] = torch.where(kinds < 0.8, self._mask, torch.where(kinds < 0.9, others, ids[chosen]))
        return hidden, chosen


def fixed_seed(ids: Tensor) -> int:
    """A seed that belongs to a text, for a mask that is the same in every epoch and run."""
    return int.from_bytes(blake2b(ids.numpy().tobytes(), digest_size=8).digest(), "little") >> 1
