"""Names of checkpoints, and their order."""

from __future__ import annotations

from pathlib import Path

from ftcli.runs.checkpoints import naming


def test_a_name_says_the_epochs_and_the_steps() -> None:
    assert naming.name(3) == "epoch-0003"
    assert naming.name(1, 10) == "epoch-0001-step-00000010"
    assert naming.name(12_345, 123_456_789) == "epoch-12345-step-123456789"
    others = ("epoch-1", "damaged-epoch-0001-ab", "epoch-0001-step-7")
    assert [name for name in ("epoch-0001", *others) if naming.is_name(name)] == ["epoch-0001"]


def test_checkpoints_are_found_in_the_order_of_training(tmp_path: Path) -> None:
    ordered = [
        "epoch-0000-step-00000005",
        "epoch-0009",
        "epoch-0009-step-00000300",
        "epoch-0010",
        "epoch-10000",
    ]
    for name in (*reversed(ordered), "epoch-x", "damaged-epoch-0011-ab"):
        (tmp_path / name).mkdir()
    assert [one.name for one in naming.found(tmp_path)] == ordered
