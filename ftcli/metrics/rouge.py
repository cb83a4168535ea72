"""ROUGE: words that a predicted and a true text share."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import ClassVar

from ftcli.metrics.buffered import Buffered

FIGURES = ("rouge1", "rouge2", "rougeL")

# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_SPACELESS = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)


class Words:
    """The tokenizer: lower-case runs of letters, marks and digits of any script, with nothing stemmed.

    The one that rouge_score has by default keeps a to z and 0 to 9 only; for such texts the words are the same.
    In scripts that have no spaces between words every character is a word.
    """

    @staticmethod
    def tokenize(text: str) -> list[str]:
        """The words of `text`, in order."""
        composed = unicodedata.normalize("NFC", text.lower())
        kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in composed)
        return _SPACELESS.sub(r" \1 ", kept).split()


class Rouge(Buffered[str]):
    """ROUGE (Lin, 2004): the F-measures of shared words, pairs of words, and longest common subsequence, 0 to 1.

    Each is the mean over the texts. `Words` says what a word is.
    """

    thorough: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        # Of the texts that were scored already.
        self._scores: list[dict[str, float]] = []

    def compute(self) -> dict[str, float]:
        """rouge1, rouge2, rougeL."""
        scores = self.each()
        return {name: math.fsum(one[name] for one in scores) / len(scores) for name in FIGURES if scores}

    def each(self) -> list[dict[str, float]]:
        """Those of each text, which are kept, as they take long."""
        new = slice(len(self._scores), None)
        pairs = list(zip(self.targets[new], self.outputs[new], strict=True))
        if pairs:
            self._scores += _scored(pairs)
        return self._scores


def _scored(pairs: Sequence[tuple[str, str]]) -> list[dict[str, float]]:
    """The figures of each pair of a true and a predicted text."""
    from rouge_score.rouge_scorer import RougeScorer  # takes seconds

    scorer = RougeScorer(FIGURES, tokenizer=Words())
    scores = [scorer.score(*pair) for pair in pairs]
    return [{name: one[name].fmeasure for name in FIGURES} for one in scores]
