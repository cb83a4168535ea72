"""How much memory there is, where the system says."""

from __future__ import annotations

import os

import pytest

from ftcli.system.memory import physical_memory


def test_it_is_known_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "sysconf", {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}.__getitem__, raising=False
    )
    assert physical_memory() == 4_096_000
    monkeypatch.delattr(os, "sysconf")
    assert physical_memory() is None
