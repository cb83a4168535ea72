"""An exported folder at work in a fresh process, as it will be where there is no ftcli."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch

from ftcli.errors import ExportError, cut
from ftcli.ship.parity.likeliest import VARIABLE
from ftcli.ship.parity.packing import receive, send

RUNNER = Path(__file__).with_name("runner.py")


class Process:
    """A context manager: the process lives within it. Each call is a function of the folder's `predict.py`.

    `settings` are further variables of its environment; `script` is a file in the place of `predict.py`, whose
    `sys.argv[1]` is the folder; `hidden` is a folder of the run, whose files it may not open.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        *,
        script: Path | None = None,
        hidden: Path | None = None,
    ) -> None:
        self._folder, self._settings, self._hidden = folder, dict(settings or {}), hidden
        self._script = script or folder / "predict.py"

    def __enter__(self) -> Self:
        threads = str(torch.get_num_threads())
        offline = {
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": threads,
            VARIABLE: "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        hidden = () if self._hidden is None else (self._hidden.absolute(),)
        self._errors = tempfile.TemporaryFile()
        # Isolated: neither the folder in which this was started nor the user's own packages are seen.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(RUNNER), *map(str, (self._folder, self._script, *hidden))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **offline, **self._settings},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                stream.close()
        self._process.wait()

    def call(self, function: str, inputs: Any, *, optional: bool = False) -> tuple[Any, float]:
        """What the function gives, and the seconds that it took; None for an `optional` one that is not there.

        Raises `ExportError` with what it raised.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            send(self._process.stdin, {"call": function, "inputs": inputs})
            answer = receive(self._process.stdout)
        except (EOFError, BrokenPipeError):
            raise ExportError(f"the process that tried the export ended: {self._last_words()}") from None
        if "error" in answer:
            raise ExportError(f"{self._script.name} of the export: {function} raised {answer['error']}")
        if not answer["known"] and not optional:
            raise ExportError(f"{self._script.name} of the export has no function {function}")
        return answer["value"], answer["seconds"]

    def _last_words(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return cut(lines[-1]) if lines else f"status {self._process.returncode}"
