"""Outputs and targets that are kept come in pairs."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.metrics.rouge import Rouge
from ftcli.metrics.translation import Translation
from ftcli.metrics.word_errors import WordErrors


def scored(metric: Any, said: list[str], true: list[str]) -> dict[str, float]:
    metric.update(said, true)
    return dict(metric.compute())


@pytest.mark.parametrize("make", [Translation, Rouge, WordErrors])
def test_a_missing_text_is_an_error(make: Any) -> None:
    with pytest.raises(ValueError, match="1 outputs for 2 targets"):
        make().update(["one"], ["one", "two"])
