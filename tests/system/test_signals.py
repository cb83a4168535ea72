"""What a run makes of signals, beside those that stop it."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import Interruption
from ftcli.runs import training as runs_training
from ftcli.system import signals
from ftcli.training.reports import StepReport
from tests.running import Command
from tests.tiny import data as tiny_data

IMAGES = """
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32, cache: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 1, device: cpu, precision: fp32, save_minutes: 0}
"""
needs_sigusr1 = pytest.mark.skipif(signals.SAVING is None, reason="this system has no SIGUSR1")


@needs_sigusr1
def test_a_request_to_save_is_heeded_after_the_step_and_the_run_goes_on(
    ftcli: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    (workplace / "x.yaml").write_text(IMAGES)
    record = runs_training.Training._record
    seen: list[list[str]] = []

    def ask(self: Any, report: Any) -> None:
        record(self, report)
        checkpoints = self.directory.checkpoints
        seen.append(sorted(one.name for one in checkpoints.glob("epoch-*")))
        if isinstance(report, StepReport) and report.step == 1:
            signals._requests.receive(signals.SAVING or 0, None)

    monkeypatch.setattr(runs_training.Training, "_record", ask)
    ftcli.ok("train", "x.yaml")
    assert seen[:3] == [[], ["epoch-0000-step-00000001"], ["epoch-0000-step-00000001"]]


SENDS = """
import os, signal, sys
from ftcli.system import signals
signals.listen()
if "over" in sys.argv:
    signals.over()
for number in map(int, sys.argv[2:]):
    os.kill(os.getpid(), number)
print("goes on", signals.asked_to_save(), signals.asked_to_save())
"""


@pytest.mark.parametrize(
    ("state", "number", "said"),
    [
        ("on", signal.SIGUSR1, "goes on True False"),
        ("over", signal.SIGUSR1, "goes on False False"),
        ("over", signal.SIGTERM, "goes on False False"),
        ("over", signal.SIGINT, "goes on False False"),
        ("on", signal.SIGTERM, ""),
    ],
)
@needs_sigusr1
def test_what_a_process_makes_of_a_signal(state: str, number: int, said: str) -> None:
    root = str(Path(signals.__file__).parents[2])
    command = [sys.executable, "-c", SENDS, state, str(number)]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": root}
    )
    assert ended.stdout.strip() == said
    assert bool(said) == (ended.returncode == 0)


def test_a_signal_that_was_kept_does_not_outlast_what_it_was_kept_for() -> None:
    with signals.noted():
        signals._requests.receive(signal.SIGINT, None)
        assert signals.waiting() == signal.SIGINT
    signals.check()
    assert signals.waiting() == 0


TURNED = """
import os, signal, sys
from ftcli.cli import app
from ftcli.errors import Interruption
def broken():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        signal.sigtimedwait([], 1)
    except Interruption:
        raise ImportError("initialization failed") from None
app._check_folder = broken
app.main()
"""


def test_an_error_that_a_signal_became_is_no_bug(workplace: Path) -> None:
    """A compiled module whose import is interrupted says that its initialization failed."""
    ended = subprocess.run(
        [sys.executable, "-c", TURNED], cwd=workplace, text=True, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(signals.__file__).parents[2])},
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (130, "interrupted.\n")


ENDS = """
import atexit, os, signal
from ftcli.cli import app
atexit.register(os.kill, os.getpid(), {number})
{broken}
app.main()
"""
# Of the part that reports an error: the first call of `print` there is met by the signal.
MET = """
import builtins
def met(*words, **others):
    builtins.print = printed
    os.kill(os.getpid(), {number})
    printed(*words, **others)
printed, builtins.print = print, met
"""


@pytest.mark.parametrize("broken", ["", MET])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_a_command_ends_changes_nothing(workplace: Path, number: int, broken: str) -> None:
    program = ENDS.format(number=int(number), broken=broken.format(number=int(number)))
    ended = subprocess.run(
        [sys.executable, "-c", program, "train", "nothing.yaml"], cwd=workplace, text=True,
        capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(Path(signals.__file__).parents[2])},
    )  # fmt: skip
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "nothing.yaml" in ended.stderr


needs_alarms = pytest.mark.skipif(signals.ALARM is None, reason="this system has no alarms")


@needs_alarms
def test_the_end_of_a_time_is_a_request_to_stop() -> None:
    soon, late = time.monotonic() + 0.01, time.monotonic() + 60
    with pytest.raises(Interruption) as raised, signals.until(late), signals.until(soon):
        time.sleep(30)
    assert raised.value.signal_number == signals.ALARM
    with signals.until(time.monotonic()) as none, pytest.raises(Interruption):
        time.sleep(30)
    assert none is None
    # The outer one rings behind the inner one, and none behind both.
    with pytest.raises(Interruption), signals.until(time.monotonic() + 0.02):
        with signals.until(math.inf), signals.until(time.monotonic() + 60):
            pass
        time.sleep(30)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@needs_alarms
def test_it_waits_for_the_step_and_gives_way_to_the_user() -> None:
    with signals.noted(), signals.until(time.monotonic()):
        while not signals.waiting():
            time.sleep(0.001)
        assert signals.waiting() == signals.ALARM
        signals._requests.receive(signal.SIGINT, None)
        assert signals.waiting() == signal.SIGINT
        signals._requests.receive(signals.ALARM or 0, None)
        assert signals.waiting() == signal.SIGINT


@pytest.mark.skipif(signals.ALARM is None, reason="this system has no alarms")
def test_what_fails_after_an_alarm_was_answered_is_not_taken_for_it() -> None:
    """While a request of the user's may come out of an import as another error."""
    bug = ValueError("a bug")
    with pytest.raises(Interruption), signals.until(time.monotonic()):
        while True:
            time.sleep(0.01)
    assert signals.cause(bug) is bug
    try:
        with pytest.raises(Interruption):
            signals._requests.receive(signal.SIGINT, None)
        found = signals.cause(ImportError("half a module"))
        assert isinstance(found, Interruption)
        assert found.signal_number == signal.SIGINT
    finally:
        signals._requests.raised = None
