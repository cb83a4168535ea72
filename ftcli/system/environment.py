"""What a run runs on."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from typing import Any

from ftcli import __version__

PACKAGES = ("torch", "torchvision", "transformers", "safetensors", "numpy", "pillow")


def launch() -> str | None:
    """What names this launch by torchrun, through all its restarts: the user's name for it, or its process here."""
    name = os.environ.get("TORCHELASTIC_RUN_ID")
    return f"process {os.getppid()} on {platform.node()}" if name == "none" else name


def environment() -> dict[str, Any]:
    """An allow-list: nothing else from the environment variables, so no secrets."""
    return {
        "ftcli": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "launch": launch(),
        "packages": {package: version(package) for package in PACKAGES},
    }
