from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer
from sacrebleu import corpus_bleu, corpus_chrf

from ftcli.metrics.rouge import Rouge, Words
from ftcli.metrics.translation import Translation
from ftcli.metrics.word_errors import WordErrors
from tests.metrics.samples import texts


def scored(metric: Any, said: list[str], true: list[str]) -> dict[str, float]:
    metric.update(said, true)
    return dict(metric.compute())


# ------------------------------------------------------------------------------------------------- translation


def test_bleu_and_chrf_are_those_of_sacrebleu() -> None:
    said, true = texts()
    expected = {"bleu": corpus_bleu(said, [true]).score, "chrf": corpus_chrf(said, [true]).score}
    assert scored(Translation(), said, true) == expected
    assert 0 < expected["bleu"] < 100


def test_an_equal_text_is_worth_100_and_an_empty_one_nothing() -> None:
    true = ["the cat sat on the mat", "Größe und Maß sind gut"]
    assert scored(Translation(), true, true) == pytest.approx({"bleu": 100.0, "chrf": 100.0})
    assert scored(Translation(), ["", ""], true) == {"bleu": 0.0, "chrf": 0.0}
    assert scored(Translation(), [""], [""]) == {"bleu": 0.0, "chrf": 0.0}


def test_texts_that_end_in_a_point_alone_are_not_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    rows = ["a cat sat ."] * 120
    scored(Translation(), rows, rows)
    assert caplog.records == []


@pytest.mark.parametrize("make", [Translation, Rouge, WordErrors])
def test_a_missing_text_is_an_error(make: Any) -> None:
    with pytest.raises(ValueError, match="1 outputs for 2 targets"):
        make().update(["one"], ["one", "two"])


# ------------------------------------------------------------------------------------------------------- rouge


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


# ------------------------------------------------------------------------------------------------- word errors


def test_errors_are_edits_over_what_was_said() -> None:
    figures = scored(WordErrors(), ["the cat sat", "no"], ["the bat sat down", "yes"])
    assert figures["wer"] == 3 / 5  # a substitution, a deletion, a substitution
    assert figures["cer"] == (1 + 5 + 3) / (16 + 3)


def test_case_and_punctuation_count_and_white_space_does_not() -> None:
    assert scored(WordErrors(), ["Hello, you"], ["hello you"])["wer"] == 1 / 2
    assert scored(WordErrors(), [" hello\n  you\t"], ["hello you"]) == {"wer": 0.0, "cer": 0.0}


def test_all_that_is_understood_in_silence_is_wrong() -> None:
    assert scored(WordErrors(), ["a b", "c"], ["", "c"]) == {"wer": 2.0, "cer": 3.0}
    assert scored(WordErrors(), ["", "c"], ["", "c"]) == {"wer": 0.0, "cer": 0.0}
    assert scored(WordErrors(), ["a b"], [""]) == {}


# ---------------------------------------------------------------------------------------------------- start-up


def test_the_libraries_are_imported_only_where_they_score() -> None:
    code = (
        "import sys; from ftcli.metrics import METRICS; [METRICS.load(name) for name in METRICS]; "
        "assert not {'sacrebleu', 'rouge_score', 'nltk', 'jiwer', 'pycocotools'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
