"""The bar shows a step a few times a second, since reading its loss makes a GPU finish first."""

from __future__ import annotations

import time

import pytest

from ftcli.cli import progress


def test_a_step_is_shown_a_few_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pace = progress._Pace()
    shown = []
    for _ in range(300):  # a step every 10 milliseconds
        now += 0.01
        pace.add(4)
        shown.append(pace.due())
    assert shown[0]
    assert 11 <= sum(shown) <= 13
    assert pace.rate() == pytest.approx(400)
