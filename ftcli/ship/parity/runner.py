"""The process that runs a script of an exported folder: `python runner.py FOLDER SCRIPT [HIDDEN]`.

No ftcli and no sockets are to be had in it, and no file of the folder HIDDEN.

It answers messages on standard input, see `packing`: {"call": "network" or "predict", "inputs": ...} by {"value": ...,
"seconds": ...} or {"error": ...}.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any


class NoFtcli:
    """A finder of modules in whose presence ftcli is not there."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Raise `ImportError` for ftcli, also where it is installed."""
        if name.partition(".")[0] == "ftcli":
            raise ModuleNotFoundError("an exported folder must not need ftcli", name=name)


def refuse_sockets(event: str, _: Sequence[Any]) -> None:
    """An audit hook: raise `PermissionError` where a connection is opened, or a name is looked up."""
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise PermissionError(f"an exported folder must not open connections ({event})")


def refuse_files(folder: str) -> Callable[[str, Sequence[Any]], None]:
    """An audit hook: raise `PermissionError` where Python opens or lists what is in `folder`."""

    def hook(event: str, given: Sequence[Any]) -> None:
        if event in ("open", "os.listdir", "os.scandir") and isinstance(given[0], str | bytes):
            path = os.path.realpath(os.fsdecode(given[0]))
            if path == folder or path.startswith(folder + os.sep):
                raise PermissionError(f"an exported folder must not need the run ({path})")

    return hook


def module_at(path: Path) -> ModuleType:
    """The Python file at `path`, imported by the name of the file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def main(script: Path, hidden: Sequence[str] = ()) -> None:
    """Answer messages until there are no more."""
    # What libraries print must not come between the messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    packing = module_at(Path(__file__).with_name("packing.py"))
    sys.meta_path.insert(0, NoFtcli)
    sys.addaudithook(refuse_sockets)
    for one in hidden:
        sys.addaudithook(refuse_files(os.path.realpath(one)))
    functions: ModuleType | None = None
    while True:
        try:
            message = packing.receive(sys.stdin.buffer)
        except EOFError:
            return
        try:
            functions = functions or module_at(script)
            function = getattr(functions, message["call"], None)
            started = time.perf_counter()
            value = None if function is None else function(message["inputs"])
            answer = {"value": value, "seconds": time.perf_counter() - started, "known": function is not None}
        except Exception as error:  # whatever it is, it is reported
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        packing.send(answers, answer)


if __name__ == "__main__":
    main(Path(sys.argv[2]), sys.argv[3:])
