"""How processes find each other, and how each ends: rank 0 reports, the others exit with its status."""

from __future__ import annotations

import signal
from typing import Any

import pytest
import torch.distributed as dist

from ftcli.errors import EchoError, Interruption, PeerError, TrainingError, UserError
from ftcli.training.distributed import ddp
from ftcli.training.distributed.group import Group
from ftcli.training.distributed.start import joined, sharded


class Rank(Group):
    """A rank of two, which has not met the other."""

    size = 2

    def __init__(self, rank: int) -> None:
        self.rank, self.leads = rank, rank == 0

    def lost(self, error: BaseException) -> PeerError | None:
        return PeerError("another process is gone") if "gloo" in str(error) else None


def as_rank(rank: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make this process a rank of two; what it did to connect and to disconnect."""
    done: list[str] = []
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(ddp, "DDPGroup", lambda: Rank(rank))
    monkeypatch.setattr(dist, "init_process_group", lambda backend: done.append("connected"))
    monkeypatch.setattr(dist, "destroy_process_group", lambda: done.append("disconnected"))
    return done


def test_without_torchrun_the_group_is_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined() as group:
        assert type(group) is Group
        assert sharded(group) is group


def test_processes_that_cannot_connect_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def refuse(backend: str) -> None:
        seen.append(signal.getsignal(signal.SIGTERM))
        raise RuntimeError("no route to host\nC++ stack")

    as_rank(0, monkeypatch)
    monkeypatch.setattr(dist, "init_process_group", refuse)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(PeerError, match=r"cannot connect: no route to host$"), joined():
        raise AssertionError
    assert seen == [signal.SIG_DFL]  # a request to end is answered while it waits for the others
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_training_that_ends_disconnects(monkeypatch: pytest.MonkeyPatch) -> None:
    done = as_rank(1, monkeypatch)
    with joined() as group:
        assert group.rank == 1
        assert done == ["connected"]
    assert done == ["connected", "disconnected"]


@pytest.mark.parametrize("rank", [0, 1])
def test_an_error_that_another_rank_reports_is_an_exit(rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    as_rank(rank, monkeypatch)
    with pytest.raises(SystemExit) as ended, joined():
        raise EchoError
    assert ended.value.code == 2


def test_an_interruption_is_reported_by_rank_0(monkeypatch: pytest.MonkeyPatch) -> None:
    as_rank(0, monkeypatch)
    with pytest.raises(Interruption), joined():
        raise Interruption(signal.SIGTERM)
    as_rank(1, monkeypatch)
    with pytest.raises(SystemExit) as ended, joined():
        raise Interruption(signal.SIGTERM)
    assert ended.value.code == 128 + signal.SIGTERM


def test_an_error_of_one_rank_names_the_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    as_rank(0, monkeypatch)
    with pytest.raises(TrainingError, match=r"^not so$"), joined():
        raise TrainingError("not so")
    as_rank(1, monkeypatch)
    with pytest.raises(UserError, match=r"^process 1 of 2: not so$"), joined():
        raise TrainingError("not so")


@pytest.mark.parametrize(("rank", "words"), [(0, "^another"), (1, "^process 1 of 2: another")])
def test_a_lost_peer_is_an_answer_and_a_bug_is_a_traceback(
    rank: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_rank(rank, monkeypatch)
    with pytest.raises(UserError, match=words), joined():
        raise RuntimeError("gloo: connection closed by peer")
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), joined():
        raise RuntimeError("shapes cannot be multiplied")
