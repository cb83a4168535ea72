"""Rules of generation: how the settings of the run change the scores of the next token."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.settings import SETTINGS

GENERATION = SETTINGS["generation"]
NEVER = np.float32(-np.inf)


def without(scores: np.ndarray, tokens: list[int]) -> np.ndarray:
    """The scores with these tokens forbidden."""
    made = scores.copy()
    made[:, tokens] = NEVER
    return made


def only(scores: np.ndarray, tokens: list[int]) -> np.ndarray:
    """Scores that allow only these tokens."""
    made = np.full_like(scores, NEVER)
    made[:, tokens] = 0
    return made


def repetition(scores: np.ndarray, ids: np.ndarray, given: np.ndarray, penalty: float) -> np.ndarray:
    """Tokens that are there already are less likely; padding before the text, where `given` is 0, does not count."""
    made = scores.copy()
    for row, known, there in zip(made, ids, given, strict=True):
        tokens = np.unique(known[there[: len(known)].argmax() :])
        row[tokens] = np.where(row[tokens] < 0, row[tokens] * penalty, row[tokens] / penalty)
    return made


def no_repeat(scores: np.ndarray, ids: np.ndarray, size: int) -> np.ndarray:
    """No sequence of `size` tokens comes twice."""
    if ids.shape[1] < size:
        return scores
    made, end = scores.copy(), ids.shape[1]
    for row, known in zip(made, ids, strict=True):
        for start in range(end - size + 1):
            if (known[start : start + size - 1] == known[end - size + 1 :]).all():
                row[known[start + size - 1]] = NEVER
    return made


def no_sequences(scores: np.ndarray, ids: np.ndarray, sequences: list[list[int]]) -> np.ndarray:
    """None of these sequences is completed."""
    made = scores.copy()
    for *before, last in sequences:
        size = len(before)
        for row, known in zip(made, ids, strict=True):
            if size <= len(known) and (known[len(known) - size :] == before).all():
                row[last] = NEVER
    return made


def ruled(scores: np.ndarray, ids: np.ndarray, given: np.ndarray, start: int) -> np.ndarray:
    """Scores (B, V) of the tokens behind `ids` (B, T), of which `start` were not written; the rules in their order."""
    written, rules, ends = ids.shape[1] - start, GENERATION["rules"], GENERATION["ends"]
    for name, value in rules:
        scores = _RULES[name](scores, ids, given, written, value, ends)
    return scores


_RULES: dict[str, Any] = {
    "repetition_penalty": lambda s, ids, given, n, value, ends: repetition(s, ids, given, value),
    "no_repeat_ngram": lambda s, ids, given, n, value, ends: no_repeat(s, ids, value),
    "bad_words": lambda s, ids, given, n, value, ends: no_sequences(s, ids, value),
    "min_length": lambda s, ids, given, n, value, ends: without(s, ends) if ids.shape[1] < value else s,
    "min_new_tokens": lambda s, ids, given, n, value, ends: without(s, ends) if n < value else s,
    "first": lambda s, ids, given, n, value, ends: only(s, [value]) if ids.shape[1] == 1 else s,
    "last": lambda s, ids, given, n, value, ends: only(s, value) if n == GENERATION["most"] - 1 else s,
    "never": lambda s, ids, given, n, value, ends: without(s, value),
    "not_first": lambda s, ids, given, n, value, ends: without(s, value[1]) if n == value[0] else s,
}
