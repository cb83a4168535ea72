"""Processes of exported folders that are forked from one that has imported what is slow, and nothing of ftcli.

`Popen` takes the place of the one of `subprocess`. Fresh interpreters are started by `parity/test_process.py` and by
`test_exporting.py`.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import IO, Any

import pytest

PIPE = -1
# What scripts of exported folders import.
SLOW = ["numpy", "PIL.Image", "torch", "torchvision", "transformers.pipelines", "transformers.modeling_utils"]


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are tried in such processes."""
    monkeypatch.setattr("ftcli.ship.parity.process.subprocess", SimpleNamespace(PIPE=PIPE, Popen=Popen))


class Popen:
    """`python -I -B SCRIPT ARGUMENTS`, as far as `Process` asks for it."""

    def __init__(
        self, command: Sequence[str], *, stdin: int, stdout: int, stderr: IO[bytes], env: Mapping[str, str]
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(SLOW)
        given, questions = context.Pipe(duplex=False)
        answers, made = context.Pipe(duplex=False)
        errors = Connection(os.dup(stderr.fileno()), readable=False)
        arguments, ends = command[command.index("-B") + 1 :], (given, made, errors)
        self._process = context.Process(target=run, args=(arguments, dict(env), ends))
        self._process.start()
        for end in ends:
            end.close()
        self.stdin = os.fdopen(os.dup(questions.fileno()), "wb")
        self.stdout = os.fdopen(os.dup(answers.fileno()), "rb")
        questions.close()
        answers.close()

    @property
    def returncode(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def wait(self) -> None:
        """Wait for its end."""
        self._process.join()


def run(arguments: list[str], environment: Mapping[str, str], ends: Sequence[Connection]) -> None:
    """The script, in a process that was forked for it. `ends` are its standard input, output and errors."""
    for place, end in enumerate(ends):
        os.dup2(end.fileno(), place)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = io.TextIOWrapper(os.fdopen(0, "rb"))
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(int(environment["OMP_NUM_THREADS"]))
    assert not any(name.partition(".")[0] == "ftcli" for name in sys.modules)
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")
