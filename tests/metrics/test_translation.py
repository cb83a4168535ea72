"""BLEU and chrF against sacreBLEU."""

from __future__ import annotations

from typing import Any

import pytest
from sacrebleu import corpus_bleu, corpus_chrf

from ftcli.metrics.translation import Translation
from tests.metrics.samples import texts


def scored(metric: Any, said: list[str], true: list[str]) -> dict[str, float]:
    metric.update(said, true)
    return dict(metric.compute())


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
