"""The launcher: how many processes it starts, and what becomes of their failures."""

from __future__ import annotations

import logging
import os
import signal
from typing import Any

import pytest
import torch.distributed.run
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

from ftcli.errors import TrainingError
from ftcli.training.distributed import launch


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`ends(error)` replaces the start of the processes; the options that it was given are in the list."""
    given: list[Any] = []

    def replace(error: BaseException | None) -> list[Any]:
        def run(options: Any) -> None:
            given.append(options)
            if error is not None:
                raise error

        monkeypatch.setattr(torch.distributed.run, "run", run)
        return given

    monkeypatch.setattr(os, "environ", {"PATH": os.environ["PATH"]})
    monkeypatch.setattr(logging, "disable", lambda level: None)
    monkeypatch.setattr(launch, "available_cores", lambda: 8)
    return replace


def failed(exitcode: int) -> ChildFailedError:
    """Rank 1 of the processes has failed."""
    failure = ProcessFailure(local_rank=1, pid=1, exitcode=exitcode, error_file="<N/A>")
    return ChildFailedError("ftcli", {1: failure})


def test_each_process_gets_its_share_of_the_cores(ends: Any) -> None:
    given = ends(None)
    launch.torchrun(3, ["-m", "ftcli", "train", "x.yaml"])
    (options,) = given
    assert options.nproc_per_node == "3"
    assert options.standalone
    assert (options.module, options.training_script) == (True, "ftcli")
    assert options.training_script_args == ["train", "x.yaml"]
    assert os.environ["OMP_NUM_THREADS"] == "2"


def test_the_status_is_that_of_the_first_that_failed(ends: Any) -> None:
    ends(failed(7))
    with pytest.raises(SystemExit) as ended:
        launch.torchrun(2, ["-m", "ftcli"])
    assert ended.value.code == 7


def test_a_process_that_was_killed_is_named(ends: Any) -> None:
    ends(failed(-signal.SIGKILL))
    with pytest.raises(TrainingError, match="process 1 of 2 was killed by SIGKILL; the others were stopped"):
        launch.torchrun(2, ["-m", "ftcli"])


def test_a_signal_to_the_launcher_is_its_status(ends: Any) -> None:
    ends(SignalException("stopped", signal.SIGTERM))
    with pytest.raises(SystemExit) as ended:
        launch.torchrun(2, ["-m", "ftcli"])
    assert ended.value.code == 128 + signal.SIGTERM
