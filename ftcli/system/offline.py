"""Whether the network may be used and can be reached: clients of the hub would retry for half a minute."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# Read by huggingface_hub, transformers and datasets when they are imported; the first also by `is_offline`.
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
_NO_TELEMETRY = {
    **dict.fromkeys(("HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"), "1"),
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "WANDB_ERROR_REPORTING": "false",
}


def send_no_telemetry() -> None:
    """Switch off the telemetry of the libraries; call it before they are imported."""
    os.environ.update(_NO_TELEMETRY)


def go_offline() -> None:
    """Open no connection from now on; call it before the libraries are imported that might."""
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))


@contextmanager
def no_connection() -> Iterator[None]:
    """Within, nothing is downloaded by what asks `check_online` first."""
    before = os.environ.get(_OFFLINE[0])
    os.environ[_OFFLINE[0]] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_OFFLINE[0]]
        else:
            os.environ[_OFFLINE[0]] = before


def is_offline() -> bool:
    """Whether no connection may be opened."""
    return os.environ.get(_OFFLINE[0], "").upper() in {"1", "ON", "YES", "TRUE"}


def check_online() -> None:
    """Raise `OSError` where no connection may be opened."""
    if is_offline():
        raise OSError("with --offline, or HF_HUB_OFFLINE, nothing is downloaded; leave it out to allow that")


def reach(address: str) -> None:
    """Connect to the host of a URL and hang up. Raises `OSError` where it cannot or must not be reached.

    Behind a proxy nothing is checked, as only the proxy knows.
    """
    from urllib.parse import urlparse
    from urllib.request import getproxies

    check_online()
    if getproxies():
        return
    url = urlparse(address)
    port = url.port or (443 if url.scheme == "https" else 80)
    socket.create_connection((url.hostname or "", port), timeout=5).close()
