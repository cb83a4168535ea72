"""What is said of what was compared, and the status that goes with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Experiment
from ftcli.runs.receipts.document import Receipt
from ftcli.runs.receipts.losses import Losses
from ftcli.ship.reproducing.claim import Claim
from ftcli.ship.reproducing.comparison import FigureCompared, LossesCompared, WeightsCompared
from ftcli.ship.reproducing.expected import Expected
from ftcli.ship.reproducing.reproduction import Asked, Compared, Reproduction
from ftcli.ship.reproducing.verdict import refused, verdict

EQUAL = LossesCompared(5, 40, None, 0.0, None)
NEAR = LossesCompared(5, 30, (31, "loss"), 1e-6, None)
FIGURE = FigureCompared("val", "accuracy", 0.8, 0.8, Expected(0.01, "from 3 seeds"))
WEIGHTS = WeightsCompared(158, 158, 0.0)


def of(compared: Compared, *, machine: dict[str, Any] | None = None, **asked: Any) -> Reproduction:
    receipt = Receipt(Path("receipt.json"), {"seal": "x", "machine": machine or {}, "departures": []})
    claim = Claim("run", Experiment(), Losses(), "accuracy", {"val": {"accuracy": 0.8}}, receipt)
    found = Reproduction(claim, Asked(**asked))
    found.compared = compared
    return found


@pytest.mark.parametrize(
    ("compared", "status", "words"),
    [
        (Compared(EQUAL, (FIGURE,), True, WEIGHTS), 0, "REPRODUCED, bit for bit"),
        (Compared(NEAR, (FIGURE,), True, WEIGHTS), 3, "not bit for bit; first difference at step 31: no cause"),
        (Compared(EQUAL, (FIGURE,), False, WEIGHTS), 3, "not bit for bit: no cause"),
        (Compared(EQUAL, (FIGURE,), True, replace(WEIGHTS, equal=41)), 3, "not bit for bit"),
        (Compared(EQUAL, (FIGURE,), True, replace(WEIGHTS, equal=None)), 3, "not bit for bit"),
        (Compared(EQUAL, (replace(FIGURE, now=0.82),), False, WEIGHTS), 4, "a difference of 0.0200, more than"),
        (Compared(replace(NEAR, apart=33)), 4, "from step 33 on, losses differ"),
        (Compared(replace(EQUAL, missing=2)), 4, "2 of the losses"),
        (Compared(LossesCompared(0, None, None, 0.0, None)), 4, "nothing that was recorded"),
    ],
)  # fmt: skip
def test_verdicts(compared: Compared, status: int, words: str) -> None:
    found = verdict(of(compared))
    assert found.status == status
    assert words in found.words


def test_causes_are_named() -> None:
    reproduction = of(Compared(NEAR), machine={"device": "cuda:0", "deterministic_algorithms": False})
    reproduction.differences = {"threads": (2, 4), "torch": ("2.14", "2.15")}
    words = verdict(reproduction).words
    assert "threads 2 -> 4; torch 2.14 -> 2.15; cuda:0 adds in an order of its own" in words


def test_some_steps_are_said_to_be_some() -> None:
    assert verdict(of(Compared(EQUAL), quick=40)).words == "REPRODUCED up to step 40, bit for bit"


def test_a_refusal_names_the_first_problem() -> None:
    found = refused(["data: changed: a.jpg", "more"])
    assert found.status == 4
    assert found.words.endswith("nothing was trained: data: changed: a.jpg (and 1 more)")
