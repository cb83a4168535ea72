"""Word and character error rates."""

from __future__ import annotations

from typing import Any

from ftcli.metrics.word_errors import WordErrors


def scored(metric: Any, said: list[str], true: list[str]) -> dict[str, float]:
    metric.update(said, true)
    return dict(metric.compute())


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
