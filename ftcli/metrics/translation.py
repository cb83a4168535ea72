"""BLEU and chrF: n-grams of words and characters that predicted and true texts share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ftcli.metrics.buffered import Buffered

# Characters of the longest n-gram of chrF.
CHARACTERS = 6


class Translation(Buffered[str]):
    """BLEU (Papineni et al., 2002) and chrF (Popović, 2015) of all texts together, 0 to 100, as sacreBLEU counts them.

    Upper and lower case differ. BLEU takes the words that its tokenizer "13a" finds, which needs spaces between them:
    for Chinese, Japanese or Thai only chrF, which counts characters, is meaningful.
    """

    thorough: ClassVar[bool] = False

    def compute(self) -> dict[str, float]:
        """bleu, chrf."""
        if not self.targets:
            return {}
        from sacrebleu.metrics import BLEU, CHRF

        # Without `force` it warns of texts that end in " .".
        bleu = BLEU(force=True)
        scores = {"bleu": bleu, "chrf": CHRF()}
        return {
            name: score.corpus_score(self.outputs, [self.targets]).score for name, score in scores.items()
        }


def bleu_counts(outputs: Sequence[str], targets: Sequence[str]) -> NDArray[np.float64]:
    """What the BLEU of texts is made of, of each: shared n-grams, all n-grams, and the words of both, (N, 10)."""
    from sacrebleu.metrics import BLEU

    # Without `effective_order` it warns of single texts, of which only the counts are wanted.
    bleu = BLEU(force=True, effective_order=True)
    found = [bleu.sentence_score(said, [true]) for said, true in zip(outputs, targets, strict=True)]
    rows = [[*one.counts, *one.totals, one.sys_len, one.ref_len] for one in found]
    return np.array(rows, dtype=np.float64).reshape(-1, 10)


def chrf_counts(outputs: Sequence[str], targets: Sequence[str]) -> NDArray[np.float64]:
    """What the chrF of texts is made of, of each: shared, predicted and true n-grams of 1 to 6 characters, (N, 18)."""
    rows = [_shared_characters(*pair) for pair in zip(outputs, targets, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, 3 * CHARACTERS)


def _shared_characters(said: str, true: str) -> list[int]:
    pairs = [(_characters(said, size), _characters(true, size)) for size in range(1, CHARACTERS + 1)]
    shared = [(one & other).total() for one, other in pairs]
    # What cannot be shared, as no true text is so long, does not count.
    predicted = [one.total() if other else 0 for one, other in pairs]
    return [*shared, *predicted, *(other.total() for _, other in pairs)]


def _characters(text: str, size: int) -> Counter[str]:
    together = "".join(text.split())
    return Counter(together[start : start + size] for start in range(len(together) - size + 1))
