"""What a row of a kind says where it is left empty."""

from __future__ import annotations

from ftcli.contracts import TargetKind
from ftcli.contracts.target_kind import Defaults


def kind(wants: str = "") -> TargetKind:
    return TargetKind(
        "share", plural="shares", does="", plan="", figures=("mse",), figure="mse", loss="mse", wants=wants
    )


def test_a_task_asks_for_the_name_or_for_what_several_kinds_share() -> None:
    assert kind().wanted == "share"
    assert kind(wants="number").wanted == "number"


def test_a_plain_kind_is_a_column_of_labels() -> None:
    one = kind()
    assert (one.role, one.labelled, one.guessed, one.dense, one.many, one.verbatim) == (
        "label", True, True, False, False, False
    )  # fmt: skip
    assert one.defaults == Defaults()
