"""Words as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.padding import TEXT, padded, tensors
from ftcli.ship.scripts.tokenizer import tokenise
from ftcli.tasks.inputs.word_splitting import split_words


def words_of(text: Any) -> list[str]:
    """The words of a plain text, or those that are given."""
    return list(split_words(text) if isinstance(text, str) else text)


def starts(words: list[str], places: list[int | None], shift: int) -> list[int]:
    """Where the first token of each word is; -1 for a word without one."""
    found = {word: place + shift for place, word in reversed(list(enumerate(places))) if word is not None}
    return [found.get(index, -1) for index in range(len(words))]


def batch(inputs: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """The tensors of the tokens, and `starts`, the first token of each word, int64 (B, most words)."""
    sentences = [words_of(one["text"]) for one in inputs]
    # What makes a word the one that it is within a text.
    spaced = [
        [word if n == 0 else TEXT["space"] + word for n, word in enumerate(words)] for words in sentences
    ]
    made = tokenise(spaced, words=True)
    found = tensors([one.ids for one in made], [one.type_ids for one in made])
    longest, left = found["input_ids"].shape[1], TEXT["padding_side"] == "left"
    shifts = [longest - len(one.ids) if left else 0 for one in made]
    rows = zip(sentences, made, shifts, strict=True)
    firsts = [starts(words, one.word_ids, shift) for words, one, shift in rows]
    return {**found, "starts": padded(firsts, -1, "right")}
