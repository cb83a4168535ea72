"""Word and character error rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class WordErrors:
    """The word and the character error rate: edits (Levenshtein, 1966) over the units of the references, of all texts.

    Case and punctuation count, unless the texts were normalised before. Words are separated by any white space, which
    counts as one space between characters. Where a reference is empty, every predicted word is an error.
    """

    thorough: ClassVar[bool] = False

    def __init__(self) -> None:
        # Of words, of characters.
        self.edits = [0, 0]
        self.units = [0, 0]

    def update(self, outputs: Sequence[str], targets: Sequence[str]) -> None:
        """`outputs` are the predicted texts, `targets` the references. Raises `ValueError` unless there are as many."""
        if len(outputs) != len(targets):
            raise ValueError(f"{len(outputs)} outputs for {len(targets)} targets")
        if not targets:
            return
        edits, units = edit_counts(outputs, targets)
        self.edits = [mine + more for mine, more in zip(self.edits, edits, strict=True)]
        self.units = [mine + more for mine, more in zip(self.units, units, strict=True)]

    def merge(self, other: WordErrors) -> None:
        """Add the counts of `other`."""
        self.edits = [mine + more for mine, more in zip(self.edits, other.edits, strict=True)]
        self.units = [mine + more for mine, more in zip(self.units, other.units, strict=True)]

    def compute(self) -> dict[str, float]:
        """wer, cer; nothing if the references are all empty."""
        if self.units[0] == 0:
            return {}
        wer, cer = (edits / units for edits, units in zip(self.edits, self.units, strict=True))
        return {"wer": wer, "cer": cer}


def edit_counts(outputs: Sequence[str], targets: Sequence[str]) -> tuple[list[int], list[int]]:
    """The edits of words and of characters of all texts together, and the words and characters of the references."""
    from jiwer import process_characters, process_words

    references, hypotheses = ([" ".join(text.split()) for text in texts] for texts in (targets, outputs))
    counts = [process(references, hypotheses) for process in (process_words, process_characters)]
    edits = [one.substitutions + one.deletions + one.insertions for one in counts]
    return edits, [one.substitutions + one.deletions + one.hits for one in counts]
