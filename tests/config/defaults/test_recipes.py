"""The rows of the families, and what may be chosen by them."""

from __future__ import annotations

import pytest

from ftcli.config.defaults.recipes import CHOSEN, FAMILIES, FROZEN, SCRATCH
from ftcli.training import OPTIMIZERS, SCHEDULES

ROWS = {**FAMILIES, **SCRATCH, "frozen": FROZEN}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_has_figures_that_make_sense(name: str) -> None:
    row = ROWS[name]
    assert 0 < row.backbone <= row.head <= 1e-3
    assert 0 < row.decay <= 1
    assert 0 <= row.warmup < 1
    assert row.source


def test_what_may_be_chosen_has_every_schedule_of_a_row_the_usual_one_first() -> None:
    assert CHOSEN["schedule"][0] == "cosine"
    assert {row.schedule for row in ROWS.values()} == set(CHOSEN["schedule"])
    assert set(CHOSEN["schedule"]) <= set(SCHEDULES)
    assert set(CHOSEN["optimizer"]) <= set(OPTIMIZERS)
