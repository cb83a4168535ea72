"""Where the store is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.store.folder import default_folder


def test_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    monkeypatch.delenv("FTCLI_CACHE", raising=False)
    assert default_folder() == Path("/x/ftcli")
    monkeypatch.setenv("FTCLI_CACHE", "/y")
    assert default_folder() == Path("/y")
