"""ROUGE against rouge_score, and words of other scripts."""

from __future__ import annotations

from typing import Any

import pytest
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer

from ftcli.metrics.rouge import Rouge, Words
from tests.metrics.samples import texts


def scored(metric: Any, said: list[str], true: list[str]) -> dict[str, float]:
    metric.update(said, true)
    return dict(metric.compute())


def test_rouge_is_the_mean_of_that_of_rouge_score() -> None:
    said, true = texts()
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    each = [scorer.score(one, other) for one, other in zip(true, said, strict=True)]
    expected = {name: sum(row[name].fmeasure for row in each) / len(each) for name in each[0]}
    assert scored(Rouge(), said, true) == pytest.approx(expected)


def test_words_of_plain_english_are_those_of_rouge_score() -> None:
    text = "The cat's 2nd snake_case e-mail, U.S.A. (3.5%)!\nEnd\t."
    assert Words.tokenize(text) == DefaultTokenizer().tokenize(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Größe: maßvoll", ["größe", "maßvoll"]),
        ("我喜欢GPU，真的", ["我", "喜", "欢", "gpu", "真", "的"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("안녕 세계", ["안녕", "세계"]),
        ("cafe\u0301", ["caf\u00e9"]),
        ("…", []),
    ],
)
def test_words_of_other_languages_count(text: str, words: list[str]) -> None:
    assert Words.tokenize(text) == words


def test_rouge_of_another_script_is_not_zero() -> None:
    figures = scored(Rouge(), ["我喜欢猫"], ["我喜欢狗"])
    assert figures == pytest.approx({"rouge1": 3 / 4, "rouge2": 2 / 3, "rougeL": 3 / 4})
    assert scored(Rouge(), ["", "a"], ["", ""]) == {"rouge1": 0.0, "rouge2": 0.0, "rougeL": 0.0}
