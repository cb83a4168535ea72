"""The process that runs an export: without ftcli, without sockets, whatever the script does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ftcli.errors import ExportError
from ftcli.ship.parity.process import Process

SCRIPT = """
import os, sys
import numpy as np
print("a library prints this")

def network(inputs):
    return {name: value + 1 for name, value in inputs.items()}

def predict(inputs):
    action = inputs[0]["do"]
    if action == "import": import ftcli
    if action == "connect":
        import socket
        socket.create_connection(("127.0.0.1", 9))
    if action == "leave":
        print("out of memory", file=sys.stderr, flush=True)
        os._exit(7)
    return [[{"label": os.environ["PRECISION"]}]]
"""


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("export")
    (folder / "predict.py").write_text(SCRIPT)
    with Process(folder, {"PRECISION": "int8"}) as process:
        yield process


def test_it_calls_functions(process: Process) -> None:
    value, seconds = process.call("network", {"pixels": np.zeros((2, 3), dtype=np.float32)})
    assert np.array_equal(value["pixels"], np.ones((2, 3)))
    assert value["pixels"].dtype == np.float32
    assert seconds >= 0
    assert process.call("predict", [{"do": ""}])[0] == [[{"label": "int8"}]]


@pytest.mark.parametrize(
    ("action", "said"),
    [("import", "must not need ftcli"), ("connect", "must not open connections"), ("none", "KeyError: 'do'")],
)
def test_what_it_may_not_do_and_what_fails_is_reported(process: Process, action: str, said: str) -> None:
    with pytest.raises(ExportError, match=f"predict raised .*{said}"):
        process.call("predict", [{} if action == "none" else {"do": action}])


def test_its_end_is_reported_with_its_last_words(process: Process) -> None:
    with pytest.raises(ExportError, match="the process that tried the export ended: out of memory"):
        process.call("predict", [{"do": "leave"}])


def test_a_folder_without_a_script_is_reported(tmp_path: Path) -> None:
    with Process(tmp_path) as process, pytest.raises(ExportError, match="FileNotFoundError"):
        process.call("network", {})
