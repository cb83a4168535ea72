"""What all tests share: the command, an empty folder to work in, and no way to the network."""

from __future__ import annotations

import gc
import io
import itertools
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.running import Command

torch.set_num_threads(1)  # tiny tensors, and tests side by side


def pytest_collection_finish() -> None:
    """Leave what was collected out of the rounds of the garbage collector: each would look through millions of objects.

    Measurements of memory ask for many rounds.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[None]:
    """No file waits for the disk: a test does not outlast a loss of power. What is asked for can still be watched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opens a connection has failed."""

    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:  # the processes of a loader talk to each other
            raise AssertionError(f"a test tried to connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes an empty folder. For each that it makes pytest looks through all that there are, in the end thousands."""
    root, numbers = tmp_path_factory.mktemp("tests"), itertools.count()

    def make(name: str) -> Path:
        folder = root / f"{name}{next(numbers)}"
        folder.mkdir(mode=0o700)
        return folder

    return make


def until_passed(folder: Path, session: pytest.Session) -> Iterator[Path]:
    """The folder for one test. It goes with the test, unless that failed: all together are gigabytes."""
    failed = session.testsfailed
    yield folder
    if session.testsfailed == failed:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tmp_path(empty_folder: Callable[[str], Path], request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty folder, as pytest's own."""
    yield from until_passed(empty_folder(re.sub(r"\W", "_", request.node.name)[:30]), request.session)


@pytest.fixture(autouse=True)
def cache(
    empty_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """An empty cache, so that no test sees what another has computed."""
    folder = empty_folder("cache")
    monkeypatch.setenv("FTCLI_CACHE", str(folder))
    yield from until_passed(folder, request.session)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | bytes], None]:
    """Puts this on standard input."""

    def pipe(content: str | bytes) -> None:
        raw = content.encode() if isinstance(content, str) else content
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))

    return pipe


@pytest.fixture
def ftcli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], workplace: Path) -> Command:
    """The command, in an empty folder."""
    return Command(monkeypatch, capsys)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the graphs that torch.compile was asked for; they run as they are, so that a test is quick."""
    seen: list[int] = []
    plain = torch.compile

    def backend(graph: torch.fx.GraphModule, inputs: list[Tensor]) -> Callable[..., Any]:
        seen.append(len(graph.graph.nodes))
        return graph.forward

    def compile(function: Callable[..., Any], **options: Any) -> Any:
        return plain(function, backend=backend, **options)

    torch._dynamo.reset()
    monkeypatch.setattr(torch, "compile", compile)
    return seen
