"""Words as inputs: the token ids of a sentence, and the first token of each of its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ftcli.contracts import Encoded, Example, TextPreprocess
from ftcli.errors import DataError
from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.inputs.word_splitting import split_words
from ftcli.tasks.lengths import too_long

# The start of a word without a token: it is beyond `max_length`, or the tokenizer drops its characters.
UNSEEN = -1


def words_of(example: Example) -> tuple[str, ...]:
    """The words of an example, which has them, or a plain text. Raises `DataError` for anything else."""
    text: Any = example.inputs["text"]
    if isinstance(text, str):
        return split_words(text)
    if not isinstance(text, tuple):
        raise DataError(f"{example.id}: {text!r} is neither a text nor words")
    return text


class Words(Texts):
    """Tokenises words that stand alone. Raises as `Texts` does."""

    def __init__(self, preprocess: TextPreprocess) -> None:
        super().__init__(preprocess)
        self._space = space_before(self.tokenizer)

    @cached_property
    def encoding(self) -> Mapping[str, Any]:
        """As of `Texts`, and that there are words."""
        return {**super().encoding, "words": f"first token of each, after {self._space!r}"}

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """As of `Texts`, and `starts` int32 (words): where the first token of each word is, or -1."""
        sentences = [self._spaced(words_of(example)) for example in examples]
        if not self.tokenizer.is_fast:
            return [self._made(self._one(words)) for words in sentences]
        tokens = self.tokenizer(
            sentences,
            is_split_into_words=True,
            truncation=True,
            max_length=self.max_length,
            return_attention_mask=False,
        )
        rows = [dict(zip(tokens, row, strict=True)) for row in zip(*tokens.values(), strict=True)]
        for index, (row, words) in enumerate(zip(rows, sentences, strict=True)):
            row["starts"] = _starts(tokens.word_ids(index), len(words))
        return [self._made(row) for row in rows]

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many sentences are cut."""
        words = f"texts have more than {self.max_length} tokens (data.max_length)"
        seen = "the words beyond get the tag O"
        return too_long(self.lengths(examples), self.max_length, f"{words}: {seen}")

    def lengths(self, examples: Sequence[Example]) -> list[int]:
        """The tokens of each sentence, with those that would be cut."""
        sentences = [self._spaced(words_of(example)) for example in examples]
        if self.tokenizer.is_fast:
            tokens = self.tokenizer(sentences, is_split_into_words=True, verbose=False)["input_ids"]
            return list(map(len, tokens))
        pieces = (
            self.tokenizer(words, add_special_tokens=False)["input_ids"] for words in sentences if words
        )
        return [sum(map(len, one)) + self._special[False] for one in pieces]

    def starts(self, encoded: Sequence[Encoded]) -> Tensor:
        """Where each word begins in the padded batch, int64 (B, most words); -1 for no token, and for no word."""
        lengths = [len(one.inputs["input_ids"]) for one in encoded]
        left = self.tokenizer.padding_side == "left"
        rows = []
        for one, length in zip(encoded, lengths, strict=True):
            row = one.inputs["starts"].long()
            shift = max(lengths) - length if left else 0
            rows.append(torch.where(row == UNSEEN, UNSEEN, row + shift))
        return pad_sequence(rows, batch_first=True, padding_value=UNSEEN)

    def _spaced(self, words: Sequence[str]) -> list[str]:
        return [word if index == 0 else self._space + word for index, word in enumerate(words)]

    def _made(self, row: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
        if not row["input_ids"]:
            row = {**row, **self._nothing()}
        return {name: torch.tensor(values, dtype=torch.int32) for name, values in row.items()}

    def _one(self, words: Sequence[str]) -> dict[str, list[int]]:
        """One sentence by a tokenizer that does not map its tokens to words: word by word."""
        pieces = [self.tokenizer(word, add_special_tokens=False)["input_ids"] for word in words]
        kept = list(chain(*pieces))[: self.max_length - self._special[False]]
        ids = self.tokenizer.build_inputs_with_special_tokens(kept)
        first = next(at for at in range(len(ids) + 1) if ids[at : at + len(kept)] == kept)
        places = list(accumulate(map(len, pieces[:-1]), initial=0))[: len(pieces)]
        seen = (bool(piece) and at < len(kept) for piece, at in zip(pieces, places, strict=True))
        starts = [first + at if there else UNSEEN for there, at in zip(seen, places, strict=True)]
        row = {"input_ids": ids, "starts": starts}
        if "token_type_ids" in self.tokenizer.model_input_names:
            row["token_type_ids"] = self.tokenizer.create_token_type_ids_from_sequences(kept)
        return row


def _starts(words: Sequence[int | None], count: int) -> list[int]:
    """The first place of each word, where `words` has the word of each token."""
    starts = [UNSEEN] * count
    for place, word in reversed(list(enumerate(words))):
        if word is not None:
            starts[word] = place
    return starts


def space_before(tokenizer: Any) -> str:
    """What to put before a word that is not the first, so that its tokens are those that it has within a text."""
    text = tokenizer("a a", add_special_tokens=False)["input_ids"]
    for space in ("", " "):
        pieces = [tokenizer(word, add_special_tokens=False)["input_ids"] for word in ("a", f"{space}a")]
        if list(chain(*pieces)) == text:
            return space
    return ""
