"""One writer for a run directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ftcli.errors import RunError
from ftcli.system.lock import Lock

TAKE = """
import sys
from pathlib import Path
from ftcli.errors import RunError
from ftcli.system.lock import Lock
try: Lock(Path(sys.argv[1])).take()
except RunError as error: sys.exit(str(error))
"""


def taken_by_another(folder: Path) -> str:
    """The error of another process that tries to take the lock; empty where it gets it."""
    done = subprocess.run(
        [sys.executable, "-c", TAKE, str(folder)], check=False, capture_output=True, text=True
    )
    return done.stderr.strip()


def test_another_process_is_refused_until_it_is_freed(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    held = [lock.held]
    lock.take()
    lock.take()  # which does no harm
    held.append(lock.held)
    assert f"{tmp_path} is in use by process {os.getpid()} on " in taken_by_another(tmp_path)
    lock.free()
    assert [*held, lock.held] == [False, True, False]
    assert taken_by_another(tmp_path) == ""


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written"):
        Lock(tmp_path / "none").take()


LOOK = """
import sys
from pathlib import Path
from ftcli.system.lock import Lock
print(Lock(Path(sys.argv[1])).is_taken())
"""


def seen_by_another(folder: Path) -> bool:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(folder)], check=True, capture_output=True, text=True
    )
    return done.stdout == "True\n"


def test_others_see_whether_it_is_taken_and_write_nothing(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    assert not lock.is_taken()
    assert not list(tmp_path.iterdir())
    lock.take()
    assert seen_by_another(tmp_path)
    lock.free()
    assert not lock.is_taken()
    assert not seen_by_another(tmp_path)


def test_a_process_that_looks_at_its_own_lock_keeps_it(tmp_path: Path) -> None:
    """Closing any file descriptor of a file releases the record locks that the process has on it."""
    lock = Lock(tmp_path)
    lock.take()
    assert Lock(tmp_path).is_taken()
    assert "is in use" in taken_by_another(tmp_path)


def test_locks_of_two_names_are_two(tmp_path: Path) -> None:
    Lock(tmp_path, ".other-lock").take()
    assert not seen_by_another(tmp_path)
    Lock(tmp_path).take()
    assert {path.name for path in tmp_path.iterdir()} == {".ftcli-lock", ".other-lock"}


def test_a_link_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / ".ftcli-lock").symlink_to("precious")
    with pytest.raises(RunError, match=r"cannot be written: \.ftcli-lock is a link"):
        Lock(tmp_path).take()
    assert (tmp_path / "precious").read_text() == "mine"
