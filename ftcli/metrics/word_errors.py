"""How many edits make what was said of what was understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class WordErrors:
    """The word and the character error rate: edits (Levenshtein, 1966) over what the references hold, of all texts.

    Case and punctuation count: what should not differ by them is normalised before. Words are what any white space
    parts, and between characters it counts as one space. Where a reference is empty, all that is understood is wrong.
    """

    thorough: ClassVar[bool] = False

    def __init__(self) -> None:
        self.edits = [0, 0]  # of words, of characters
        self.said = [0, 0]

    def update(self, outputs: Sequence[str], targets: Sequence[str]) -> None:
        """`outputs` is what was understood, `targets` what was said. Raises `ValueError` unless they are as many."""
        if len(outputs) != len(targets):
            raise ValueError(f"{len(outputs)} outputs for {len(targets)} targets")
        if not targets:
            return
        from jiwer import process_characters, process_words

        references, hypotheses = ([" ".join(text.split()) for text in texts] for texts in (targets, outputs))
        for unit, process in enumerate((process_words, process_characters)):
            counts = process(references, hypotheses)
            self.edits[unit] += counts.substitutions + counts.deletions + counts.insertions
            self.said[unit] += counts.substitutions + counts.deletions + counts.hits

    def merge(self, other: WordErrors) -> None:
        """Add the counts of `other`."""
        self.edits = [mine + more for mine, more in zip(self.edits, other.edits, strict=True)]
        self.said = [mine + more for mine, more in zip(self.said, other.said, strict=True)]

    def compute(self) -> dict[str, float]:
        """wer, cer; nothing if the references are all empty."""
        if self.said[0] == 0:
            return {}
        wer, cer = (edits / said for edits, said in zip(self.edits, self.said, strict=True))
        return {"wer": wer, "cer": cer}
