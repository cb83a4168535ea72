"""From a factor to the options of the optimizer, and to words."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.runs.settling.bracket import Bracket, Curve
from ftcli.runs.settling.rate import FoundRate, choices
from ftcli.runs.settling.sweep import Swept

SWEPT = Swept([Curve(np.ones(1), np.ones(1))] * 3, 100.0)
USUAL = {"lr": 1e-3, "backbone_lr": 1e-4, "lr_decay": 0.9}


def found(suggestion: float, low: float | None, high: float | None, warning: str | None = None) -> FoundRate:
    bracket = Bracket(suggestion, low, high, None, None, 1.0, 1.0, (suggestion, suggestion), warning)
    return FoundRate(USUAL, SWEPT, bracket)


def test_one_factor_keeps_the_ratios() -> None:
    one = found(0.3, 0.01, 0.3)
    assert one.options() == pytest.approx({"lr": 3e-4, "backbone_lr": 3e-5, "lr_decay": 0.9})
    assert one.reason() == "0.3 times the usual rate, 0.001 (bracket 1e-05 to 0.0003)"
    assert [choice.key for choice in choices(one)] == [
        "optimizer.lr",
        "optimizer.backbone_lr",
        "optimizer.lr_decay",
    ]
    assert [choice.key for choice in choices(one, ["lr", "lr_decay"])] == [
        "optimizer.lr",
        "optimizer.backbone_lr",
    ]


def test_the_usual_rate_stays_exactly() -> None:
    one = found(1.0, 0.1, None)
    assert one.options() == USUAL
    assert "3 sweeps do not contradict it (bracket 0.0001 to no end seen)" in one.reason()
    assert "the loss neither fell nor rose" in found(1.0, None, None).reason()


def test_a_warning_is_the_reason() -> None:
    assert (
        found(1.0, None, 0.01, "the sweep suggests 0.01 times")
        .reason()
        .startswith("the sweep suggests 0.01 times")
    )
