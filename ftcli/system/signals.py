"""Ctrl-C and requests to terminate: after the step at hand while training, at once everywhere else. SIGUSR1 only saves.

An exception that a handler raises can surface anywhere, also where Python swallows it (in a hook of a fork, say), and
then the request is lost. So while training the first signal is only noted; a second one stops at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ftcli.errors import Interruption

# Ctrl-C, a request to terminate, and a terminal that is gone.
STOPPING = (signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))
SAVING: int | None = getattr(signal, "SIGUSR1", None)  # with which SLURM warns: save, and go on


class _Requests:
    def __init__(self) -> None:
        self.process = os.getpid()
        self.patient = False
        self.noted: int | None = None
        self.save = False

    def receive(self, number: int, _: object) -> None:
        """The handler. A worker of a loader leaves it to its main process."""
        if os.getpid() != self.process:
            return
        if number == SAVING:
            self.save = True
            return
        if self.patient and self.noted is None:
            self.noted = number
            return
        raise Interruption(number)


_requests = _Requests()


def listen() -> None:
    """Answer requests to stop with an `Interruption` in this process; those that it began with ignoring, as under
    nohup, it goes on to ignore."""
    _requests.process = os.getpid()
    for number in filter(None, (*STOPPING, SAVING)):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _requests.receive)


def over() -> None:
    """Nothing is left to stop or save: be deaf, so that no signal disturbs what is cleared away at the end."""
    for number in filter(None, (*STOPPING, SAVING)):
        if signal.getsignal(number) == _requests.receive:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def noted() -> Iterator[None]:
    """Within, the first signal waits for `check`."""
    _requests.patient, _requests.noted = True, None
    try:
        yield
    finally:
        _requests.patient = False


def waiting() -> int:
    """The number of the signal that waits, or 0."""
    return _requests.noted or 0


def check() -> None:
    """Raise the `Interruption` that waits, if any."""
    if number := waiting():
        raise Interruption(number)


def asked_to_save() -> bool:
    """Whether a request to save has come since this was last asked."""
    asked, _requests.save = _requests.save, False
    return asked


def discard_output() -> None:
    """After a broken pipe: give what is still to be printed, at the end of the program at the latest, to nobody."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
