"""BLEU and chrF: n-grams of words and characters that predicted and true texts share."""

from __future__ import annotations

from typing import ClassVar

from ftcli.metrics.buffered import Buffered


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
