"""Two processes by DDP against one: the same steps, to the rounding of float64, and the same errors on all ranks."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.training.distributed.group import Group
from tests.training.distributed.two_processes import SAME, WORK, check_equal, run_in_two


@pytest.fixture(scope="module")
def ranks() -> list[dict[str, Any]]:
    """What each rank got."""
    return run_in_two("ddp")


@pytest.mark.parametrize("name", SAME)
def test_steps_are_those_of_one_process(ranks: list[dict[str, Any]], name: str) -> None:
    alone = WORK[name](Group())
    for found in ranks:
        check_equal(found[name], alone)


def test_a_resumed_training_ends_as_an_uninterrupted_one(ranks: list[dict[str, Any]]) -> None:
    for found in ranks:
        check_equal(found["resumed"]["weights"], found["uninterrupted"]["weights"])


def test_a_loss_that_is_not_finite_is_known_to_all_with_its_examples(ranks: list[dict[str, Any]]) -> None:
    for found in ranks:
        refused = found["refused"]
        assert refused["kind"] == "NotFiniteError"
        assert "the loss is nan at step" in refused["error"]
        assert "5" in refused["error"].split("in the batch of ")[1]


def test_a_mistake_ends_all_ranks_and_is_reported_once(ranks: list[dict[str, Any]]) -> None:
    """By rank 0, with the rank that met it where not all did."""
    assert ranks[0]["agreed"] == {"one": "process 1: not so", "all": "not so"}
    assert ranks[1]["agreed"] == {"one": "EchoError", "all": "EchoError"}


def test_what_ranks_hand_to_each_other(ranks: list[dict[str, Any]]) -> None:
    both = {"sum": [1.0, 2.0], "max": [1, 0], "broadcast": "rank 0", "buffer": 0.0}
    assert ranks[0]["handed"] == both | {"gather": ["rank 0", "rank 1"]}
    assert ranks[1]["handed"] == both | {"gather": []}
