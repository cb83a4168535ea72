"""A run on a system that lacks what Linux has, as Windows does: it trains, and says what it does without."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ftcli.system import durable, signals
from ftcli.system.capabilities import lacking
from ftcli.system.lock import Lock
from tests.running import Command
from tests.tiny import data as tiny_data

IMAGES = """
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32, cache: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 1, device: cpu, precision: fp32}
"""
LACKING = [
    "this system has no record locks: nothing stops a second process from writing to the same run",
    "this system has no signal SIGHUP, SIGUSR1: a closed terminal ends a run at its last checkpoint; none asks it to "
    "save",
    "this system flushes no folders: a power failure may lose the newest checkpoint",
]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what Windows lacks: a module, signals, functions, and folders that can be opened."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    for module, name in ((signal, "SIGHUP"), (signal, "SIGUSR1"), (os, "pwrite"), (os, "sysconf")):
        monkeypatch.delattr(module, name, raising=False)
    monkeypatch.setattr(signals, "STOPPING", (signal.SIGINT, signal.SIGTERM))
    monkeypatch.setattr(signals, "SAVING", None)
    monkeypatch.setattr(durable, "FLUSHES_FOLDERS", False)
    opened = os.open

    def no_folders(path: Any, *rest: Any, **named: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(f"{path} is a folder")
        return opened(path, *rest, **named)

    monkeypatch.setattr(os, "open", no_folders)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is known to have all")
def test_linux_lacks_nothing() -> None:
    assert not list(lacking())


@pytest.mark.usefixtures("windows")
def test_a_run_says_what_it_does_without(ftcli: Command, workplace: Path) -> None:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    (workplace / "x.yaml").write_text(IMAGES)
    assert list(lacking()) == LACKING
    ftcli.ok("train", "x.yaml")
    log = " ".join((workplace / "runs/x/log.txt").read_text(encoding="utf-8").split())
    assert not [sentence for sentence in LACKING if sentence not in log]
    assert (workplace / "runs/x/summary.json").is_file()
    ftcli.ok("eval", "runs/x")


@pytest.mark.usefixtures("windows")
def test_without_locks_two_writers_are_let_in(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    first.take()
    second.take()
    assert first.held
    assert second.held
