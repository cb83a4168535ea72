"""Work in a child: its answer, or nothing where the child was killed, ended badly or takes too long."""

from __future__ import annotations

import errno
import os
import signal
import time

import pytest

from ftcli.system.child import forked


def test_the_answer_comes_back_and_this_process_is_not_changed() -> None:
    held = [1]
    assert forked(lambda: (held.__setitem__(0, 2), os.getpid())[1]) != os.getpid()
    assert held == [1]
    assert forked(lambda: b"x" * 200_000) == b"x" * 200_000


def test_a_child_that_is_killed_has_no_answer() -> None:
    assert forked(lambda: os.kill(os.getpid(), signal.SIGKILL)) is None


def test_a_child_that_hangs_is_ended() -> None:
    begun = time.monotonic()
    assert forked(lambda: time.sleep(60), seconds=0.2) is None
    assert time.monotonic() - begun < 30


def test_a_child_without_memory_has_no_answer_and_what_else_it_raises_is_not_taken_for_that() -> None:
    def raising(error: Exception) -> object:
        raise error

    assert forked(lambda: raising(MemoryError())) is None
    assert forked(lambda: raising(OSError(errno.ENOMEM, "no memory"))) is None
    with pytest.raises(RuntimeError, match=r"in raising[\s\S]*IndexError: 3"):
        forked(lambda: raising(IndexError(3)))
