"""What a probe will cost is measured on a few examples, whose features are not kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.runs.probing.cost import probe_cost
from ftcli.runs.probing.probing import probed
from ftcli.runs.session import prepare
from tests.runs.settling.small import small

KEPT = ("data.cache={keep: auto, folder: cache}",)


@pytest.mark.parametrize("option", ["training.probe=no", "model.head=linear"])
def test_none_will_be_fitted(workplace: Path, option: str) -> None:
    assert probe_cost(prepare(small(workplace, option))) is None


def test_what_is_kept_costs_nothing_more(workplace: Path) -> None:
    session = prepare(small(workplace, "training.probe=yes", *KEPT))
    found = probe_cost(session)
    assert found is not None
    assert found.seconds >= 0.99 * 12 * found.example > 0
    assert found.peak_bytes > 2**26
    assert not any((workplace / "cache").glob("features*/*.data"))
    assert session.model.cut is None
    probed(session)
    again = probe_cost(session)
    assert again is not None
    assert again.seconds < found.seconds
