"""One worker at a trial, and a dead one's goes to the next."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import time
from pathlib import Path

import pytest

from ftcli.errors import RunError
from ftcli.studies.tuning import leases as room
from ftcli.studies.tuning.leases import Leases, check_links


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    mine, theirs = Leases(tmp_path), Leases(tmp_path)
    with mine.taken("7") as got:
        assert got
        assert theirs.held("7")
        with theirs.taken("7") as again, theirs.taken("8") as other:
            assert not again
            assert other
    assert not theirs.held("7")
    assert list(tmp_path.iterdir()) == []
    with theirs.taken("7") as got:
        assert got


def test_that_of_a_dead_process_goes_to_one_other(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_hold, args=(tmp_path,))
    process.start()
    leases = Leases(tmp_path)
    while not leases.held("7"):
        time.sleep(0.05)
    with leases.taken("7") as got:
        assert not got
    process.kill()
    process.join()
    assert not leases.held("7")
    with leases.taken("7") as got, Leases(tmp_path).taken("7") as again:
        assert (got, again) == (True, False)
    assert list(tmp_path.iterdir()) == []


def _hold(folder: Path) -> None:
    with Leases(folder).taken("7"):
        time.sleep(60)


def test_a_later_process_of_the_same_number_is_another(tmp_path: Path) -> None:
    owner = {"process": os.getpid(), "host": socket.gethostname(), "started": "1"}
    (tmp_path / "7.3").write_text(json.dumps(owner))
    with Leases(tmp_path).taken("7") as got:
        assert got
        assert [one.name for one in tmp_path.iterdir()] == ["7.4"]


def test_one_of_another_machine_is_dead_when_it_is_silent(tmp_path: Path) -> None:
    lease = tmp_path / "7.1"
    lease.write_text(json.dumps({"process": 1, "host": "elsewhere", "started": "1"}))
    assert Leases(tmp_path).held("7")
    os.utime(lease, (time.time() - room.SILENCE - 9,) * 2)
    assert not Leases(tmp_path).held("7")


def test_who_lives_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BEAT", 0.01)
    with Leases(tmp_path).taken("7"):
        os.utime(tmp_path / "7.1", (1, 1))
        until = time.monotonic() + 10
        while (tmp_path / "7.1").stat().st_mtime == 1 and time.monotonic() < until:
            time.sleep(0.01)
        assert (tmp_path / "7.1").stat().st_mtime > 1


@pytest.mark.parametrize("kind", ["link", "symlink"])
def test_a_disk_without_links_is_named_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    check_links(tmp_path)
    assert list(tmp_path.iterdir()) == []

    def refuse(*arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, kind, refuse)
    with pytest.raises(RunError, match=r"takes no links \(Operation not permitted\).*--output"):
        check_links(tmp_path)
    assert list(tmp_path.iterdir()) == []
