"""Runs the command as a user does, in this process: arguments in; status, output and errors out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

import pytest
import typer.main

from ftcli.cli import app as cli

# typer makes the commands anew, by reading the signatures of all, each time that one is run.
commands = cache(typer.main.get_command)


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str


class Command:
    """`ftcli ARGUMENTS`; give it to a test as the fixture `ftcli`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> Result:
        """Run it, whatever happens."""
        self._monkeypatch.setattr(sys, "argv", ["ftcli", *map(str, arguments)])
        self._monkeypatch.setattr(typer.main, "get_command", commands)
        self._monkeypatch.setattr("signal.signal", lambda *_: None)  # the test runner keeps its own
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = self._capsys.readouterr()
        return Result(int(stop.value.code or 0), captured.out, captured.err)

    def ok(self, *arguments: object) -> str:
        """Run it and insist on success; gives what it printed."""
        result = self(*arguments)
        assert result.status == 0, result.err or result.out
        return result.out

    def refused(self, *arguments: object) -> str:
        """Run it and insist on a user's mistake, answered without a traceback; gives the answer."""
        result = self(*arguments)
        assert result.status == 2, f"status {result.status}: {result.out}{result.err}"
        assert "Traceback" not in result.err + result.out
        return result.err
