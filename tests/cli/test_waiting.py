"""A bar on standard error, and only for a person."""

from __future__ import annotations

import io
import sys

import pytest

from ftcli.cli.waiting import watched


class Terminal(io.StringIO):
    """A terminal, of which the text is kept."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("terminal", "total", "bar"), [(True, 3, True), (False, 3, False), (True, 1, False)])
def test_the_things_come_as_they_are(
    terminal: bool, total: int, bar: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = Terminal() if terminal else io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", errors)
    assert list(watched(iter(range(total)), total, "predicting")) == list(range(total))
    assert ("predicting" in errors.getvalue()) == bar
    assert capsys.readouterr().out == ""
