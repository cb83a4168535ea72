"""Two processes against one: the same steps, to the rounding of float64, however the weights are held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.training.distributed.group import Group
from tests.training.two_processes import WORK

ROOT = Path(__file__).parents[3]
SAME = ("plain", "accumulated", "adamw", "more-processes-than-examples", "resumed", "uninterrupted")
Made = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> list[Made]:
    """What two processes made, as each of them saw it, with whole weights and with shared ones."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1"]
    ended = subprocess.run(
        [*command, "--nproc-per-node", "2", "-m", "tests.training.two_processes"],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    return [json.loads(line) for line in ended.stdout.splitlines()]


def close(one: Any, other: Any) -> None:
    """Both have the same names, and numbers that differ by rounding alone."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            close(one[name], other[name])
    else:
        torch.testing.assert_close(
            torch.tensor(one, dtype=torch.float64),
            torch.tensor(other, dtype=torch.float64),
            rtol=1e-6,
            atol=1e-9,
        )


@pytest.mark.parametrize("name", SAME)
def test_steps_are_those_of_one_process(made: list[Made], name: str) -> None:
    alone = WORK[name](Group())
    assert len(made) == 4
    for one in made:
        close(one["made"][name], alone)


def test_what_one_process_went_on_with_is_what_it_would_have_had(made: list[Made]) -> None:
    for one in made:
        close(one["made"]["resumed"]["weights"], one["made"]["uninterrupted"]["weights"])


def test_a_loss_that_is_no_number_is_known_to_all_with_its_examples(made: list[Made]) -> None:
    for one in made:
        told = one["made"]["refused"]
        assert told["kind"] == "NotFiniteError"
        assert "the loss is nan at step" in told["error"]
        assert "5" in told["error"].split("in the batch of ")[1]


def test_a_mistake_ends_all_processes_and_is_told_once(made: list[Made]) -> None:
    for one in made:
        told = one["made"]["agreed"]
        if one["rank"] == 0:
            assert told == {"one": "process 1: not so", "all": "not so"}
        else:
            assert told == {"one": "EchoError", "all": "EchoError"}
