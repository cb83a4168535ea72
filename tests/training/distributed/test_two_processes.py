"""Two processes, by DDP and by FSDP2, against one: the same steps, to the rounding of float64, and the same errors."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.training.distributed.group import Group
from tests.training.distributed.two_processes import SAME, WORK, check_equal, run_in_two

KINDS = ("ddp", "fsdp")
Ranks = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ranks() -> Ranks:
    """What each rank got, by the kind of the group."""
    return run_in_two()


@pytest.mark.parametrize("name", SAME)
def test_steps_are_those_of_one_process(ranks: Ranks, name: str) -> None:
    alone = WORK[name](Group())
    for kind in KINDS:
        for found in ranks[kind]:
            check_equal(found[name], alone)


@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_training_ends_as_an_uninterrupted_one(ranks: Ranks, kind: str) -> None:
    for found in ranks[kind]:
        check_equal(found["resumed"]["weights"], found["uninterrupted"]["weights"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_loss_that_is_not_finite_is_known_to_all(ranks: Ranks, kind: str) -> None:
    assert [found["refused"]["kind"] for found in ranks[kind]] == ["NotFiniteError", "NotFiniteError"]


def test_a_loss_that_is_not_finite_is_known_to_all_with_its_examples(ranks: Ranks) -> None:
    for found in ranks["ddp"]:
        error = found["refused"]["error"]
        assert "the loss is nan at step" in error
        assert "5" in error.split("in the batch of ")[1]


def test_a_mistake_ends_all_ranks_and_is_reported_once(ranks: Ranks) -> None:
    """By rank 0, with the rank that met it where not all did."""
    first, second = ranks["ddp"]
    assert first["agreed"] == {"one": "process 1: not so", "all": "not so"}
    assert second["agreed"] == {"one": "EchoError", "all": "EchoError"}


def test_what_ranks_hand_to_each_other(ranks: Ranks) -> None:
    both = {"sum": [1.0, 2.0], "max": [1, 0], "broadcast": "rank 0", "buffer": 0.0}
    first, second = ranks["ddp"]
    assert first["handed"] == both | {"gather": ["rank 0", "rank 1"]}
    assert second["handed"] == both | {"gather": []}
