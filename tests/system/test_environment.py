"""What a run records about its machine."""

from __future__ import annotations

import os

import pytest

from ftcli import __version__
from ftcli.system.environment import PACKAGES, environment, launch


def test_versions_are_recorded_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "a-secret")
    found = environment()
    assert found["ftcli"] == __version__
    assert set(found["packages"]) == set(PACKAGES)
    assert "a-secret" not in str(found)


def test_a_launch_has_the_users_name_or_torchruns_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    assert launch() is None
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "mine")
    assert launch() == "mine"
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    assert str(launch()).startswith(f"process {os.getppid()} on ")
