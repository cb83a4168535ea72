"""What seconds cost."""

from __future__ import annotations

import pytest

from ftcli.studies.money import money


def test_an_hour_costs_its_price() -> None:
    assert money(1.2, 1800) == pytest.approx(0.6)
    assert money(0.0, 1800) == 0


@pytest.mark.parametrize(("price", "seconds"), [(None, 10.0), (1.2, None), (1.2, float("inf"))])
def test_what_is_not_known_costs_nothing_that_is_known(price: float | None, seconds: float | None) -> None:
    assert money(price, seconds) is None
