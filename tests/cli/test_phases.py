"""Which epochs train what."""

from __future__ import annotations

from ftcli.cli.phases import Phase, phases
from tests.cli.fake_training import training


def test_epochs_that_train_the_same_are_a_phase() -> None:
    assert phases(training(["head", "head", "all blocks"])) == [
        Phase(1, 2, "head"),
        Phase(3, 3, "all blocks"),
    ]
    assert phases(training(["all blocks"] * 4)) == [Phase(1, 4, "all blocks")]
