"""What an epoch takes; steps themselves are measured in test_recommend.py."""

from __future__ import annotations

import pytest

from ftcli.studies.recommend.costing import epoch_share


def test_frozen_blocks_have_no_backward_pass() -> None:
    assert epoch_share(0, 6) == 1.0
    assert epoch_share(3, 6) == pytest.approx(2 / 3)
    assert epoch_share(6, 6) == 0.0
