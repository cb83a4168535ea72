"""What a probe will cost is measured on a few examples, whose features are not kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.runs.probing import cost
from ftcli.runs.probing.cost import probe_cost
from ftcli.runs.probing.probing import probed
from ftcli.runs.session import prepare
from tests.runs.settling.small import small

KEPT = ("data.cache={keep: auto, folder: cache}",)


@pytest.mark.parametrize("option", ["training.probe=no", "model.head=linear"])
def test_none_will_be_fitted(workplace: Path, option: str) -> None:
    assert probe_cost(prepare(small(workplace, option))) is None


def test_measuring_keeps_nothing(workplace: Path) -> None:
    session = prepare(small(workplace, "training.probe=yes", *KEPT))
    found = probe_cost(session)
    assert found is not None
    assert found.seconds >= 0.99 * 12 * found.example > 0
    assert found.peak_bytes > 2**26
    assert not any((workplace / "cache").glob("features*/*.data"))
    assert session.model.cut is None


def test_only_what_is_not_kept_takes_time(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a clock by which features take a second, and a tenth for each of the 12 examples."""
    session = prepare(small(workplace, "training.probe=yes", *KEPT))
    monkeypatch.setattr(cost, "_seconds", lambda session, count: 1 + 0.1 * count)
    before = probe_cost(session)
    probed(session)
    after = probe_cost(session)
    assert before is not None
    assert after is not None
    assert [before.seconds, after.seconds] == pytest.approx([2.2, 1.0])
