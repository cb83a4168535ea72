"""What a candidate costs is what `ftcli plan` says of its training, and is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.runs.measuring.cost import EARLIER_STEPS
from ftcli.runs.measuring.expected import expected
from ftcli.studies.recommend.costing import measured
from tests.runs.measuring.test_disk import made
from tests.tiny import data


def test_a_cost_is_that_of_a_plan(workplace: Path) -> None:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    training = made(workplace, "freeze=backbone")
    found = measured(training.session)
    again = expected(training.outline)
    assert found is not None
    assert again.memory_source == EARLIER_STEPS
    assert found.memory == again.memory
    assert found.train == pytest.approx(again.seconds)


def test_a_probe_that_is_kept_as_it_is_takes_no_steps(workplace: Path) -> None:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    assert measured(made(workplace, "training.epochs=0").session) is None
