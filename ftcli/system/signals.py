"""Ctrl-C and requests to terminate: handled after the current step in training, at once elsewhere. SIGUSR1 only saves.

An exception that a handler raises can surface anywhere, also where Python swallows it (in a hook of a fork, say), and
then the request is lost. So while training the first signal is only noted; a second one stops at once.

The end of a limited time is such a request, too: an alarm.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ftcli.errors import Interruption

# Ctrl-C, a request to terminate, and a terminal that is gone.
STOPPING = (signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))
# SLURM's warning: save, and go on.
SAVING: int | None = getattr(signal, "SIGUSR1", None)
# The end of a time.
ALARM: int | None = getattr(signal, "SIGALRM", None)


# Seconds to an alarm that is due: 0 would be none.
_SOON = 1e-4


class _Requests:
    def __init__(self) -> None:
        self.process = os.getpid()
        self.patient = False
        self.noted: int | None = None
        self.raised: int | None = None
        self.save = False
        self.announce: Callable[[], None] = lambda: None
        self.ignored: list[int] = []

    def receive(self, number: int, _: object) -> None:
        """The handler. A worker of a loader leaves it to its main process."""
        if os.getpid() != self.process:
            return
        if number == SAVING:
            self.save = True
            return
        if number == ALARM and self.noted is not None:
            return  # a request of the user's is to be answered as such
        if self.patient and self.noted in (None, ALARM):
            self.noted = number
            self.announce()
            return
        if number != ALARM:
            # The end of a time is answered, and the work goes on: what fails later has a cause of its own.
            self.raised = number
        raise Interruption(number)


_requests = _Requests()


def listen() -> None:
    """Raise an `Interruption` for requests to stop in this process.

    Signals that were ignored when it started, as under nohup, stay ignored.
    """
    _requests.process, _requests.raised = os.getpid(), None
    for number in filter(None, (*STOPPING, SAVING)):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _requests.receive)


def over() -> None:
    """Ignore signals from now on: only clean-up remains."""
    for number in filter(None, (*STOPPING, SAVING)):
        if signal.getsignal(number) == _requests.receive:
            signal.signal(number, signal.SIG_IGN)
            _requests.ignored.append(number)


def listen_again() -> None:
    """Undo `over`: what ended was one training of several, and more than clean-up remains."""
    while _requests.ignored:
        signal.signal(_requests.ignored.pop(), _requests.receive)


@contextmanager
def noted() -> Iterator[None]:
    """Within, the first signal is kept for `check`."""
    _requests.patient, _requests.noted = True, None
    try:
        yield
    finally:
        # What was kept was for this time: the probe of a next training in this process is not to stop for it.
        _requests.patient, _requests.noted = False, None


@contextmanager
def announced(announce: Callable[[], None]) -> Iterator[None]:
    """Within, a signal that is kept is announced at once: it may take seconds until it is answered."""
    _requests.announce = announce
    try:
        yield
    finally:
        _requests.announce = lambda: None


@contextmanager
def until(end: float) -> Iterator[None]:
    """Within, a request to stop with the number `ALARM` comes at `end`, by `time.monotonic`.

    Of several within each other the earliest counts. In the main thread alone, and where the system has alarms.
    """
    if ALARM is None or end == math.inf or threading.current_thread() is not threading.main_thread():
        yield
        return
    before, now = signal.getsignal(ALARM), time.monotonic()
    outer = signal.getitimer(signal.ITIMER_REAL)[0]
    signal.signal(ALARM, _requests.receive)
    try:
        # An alarm that nobody handles would end the process.
        if signal.getsignal(ALARM) == _requests.receive:
            signal.setitimer(signal.ITIMER_REAL, _least(end - now, outer))
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(ALARM, before)
        if outer:
            signal.setitimer(signal.ITIMER_REAL, max(_SOON, outer - (time.monotonic() - now)))


def _least(inner: float, outer: float) -> float:
    """The seconds to the earlier of two alarms, where 0 is no outer one."""
    return max(_SOON, min(inner, outer or math.inf))


def waiting() -> int:
    """The number of the signal that was kept, or 0."""
    return _requests.noted or 0


def check() -> None:
    """Raise an `Interruption` for the signal that was kept, if any."""
    if number := waiting():
        raise Interruption(number)


def cause(error: BaseException) -> BaseException:
    """What ended the work: the `Interruption` of a signal, where `error` is what became of it on its way.

    While a compiled module is imported, an exception of a handler comes out as an `ImportError`.
    """
    if isinstance(error, Interruption) or _requests.raised is None:
        return error
    return Interruption(_requests.raised)


def asked_to_save() -> bool:
    """Whether a request to save has come since this was last asked."""
    asked, _requests.save = _requests.save, False
    return asked


def discard_output() -> None:
    """After a broken pipe: discard what is still to be printed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
