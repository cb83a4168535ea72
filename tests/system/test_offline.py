"""No connection where none is wanted, and no telemetry."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from ftcli.system import offline


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Environment variables that a test may set."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_offline_holds_for_the_libraries_too() -> None:
    offline.check_online()
    offline.go_offline()
    assert os.environ["TRANSFORMERS_OFFLINE"] == os.environ["HF_DATASETS_OFFLINE"] == "1"
    assert offline.is_offline()
    with pytest.raises(OSError, match="--offline"):
        offline.reach("https://example.org/x")


def test_telemetry_is_switched_off() -> None:
    offline.send_no_telemetry()
    assert os.environ["DO_NOT_TRACK"] == os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["WANDB_ERROR_REPORTING"] == "false"


@pytest.mark.parametrize(
    ("address", "wanted"),
    [("https://example.org/x", ("example.org", 443)), ("http://example.org:8080", ("example.org", 8080))],
)
def test_a_host_is_reached_at_its_port(address: str, wanted: object, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Connection:
        def close(self) -> None: ...

    def connect(address: Any, timeout: float) -> Connection:
        asked.append(address)
        return Connection()

    monkeypatch.setattr(socket, "create_connection", connect)
    offline.reach(address)
    monkeypatch.setenv("https_proxy", "http://proxy:1")
    offline.reach(address)
    assert asked == [wanted]
