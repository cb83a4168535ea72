"""The probe in words."""

from __future__ import annotations

from typing import Any

from ftcli.cli.studies.probe import after

SUMMARY = {
    "metric": "accuracy",
    "lower_is_better": False,
    "epochs": 3,
    "val": {"accuracy": 0.9},
    "probe": {"seconds": 4.2, "val": {"accuracy": 0.8}, "kept": False},
}


def ended(**changes: Any) -> str | None:
    return after({**SUMMARY, **changes})


def test_the_baseline_stands_beside_the_result() -> None:
    assert ended() == "val accuracy 0.8000; training has 0.9000"


def test_a_probe_that_was_kept() -> None:
    probe = {"seconds": 4.2, "val": {"accuracy": 0.9}, "kept": True}
    assert ended(probe=probe) == "val accuracy 0.9000: it was kept, training was not better"
    assert ended(probe=probe, epochs=0) == "val accuracy 0.9000: it was kept"


def test_a_head_of_several_layers_may_be_worse_than_the_probe() -> None:
    worse = ended(val={"accuracy": 0.7})
    assert worse is not None
    assert "better than 0.7000 of the training" in worse


def test_of_equal_figures_the_loss_decides() -> None:
    probe = {"val": {"accuracy": 0.9, "loss": 0.4}, "kept": False}
    assert ended(probe=probe) == "val accuracy 0.9000; training has the same"
    better = {"accuracy": 0.9, "loss": 0.3}
    assert ended(probe=probe, val=better) == "val accuracy 0.9000; training has the same, with a lower loss"


def test_nothing_without_a_probe() -> None:
    assert ended(probe={"skipped": "the weights are random"}) is None
    assert ended(probe={}) is None
