"""What a run records about its machine and packages."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from typing import Any

from ftcli import __version__

PACKAGES = ("torch", "torchvision", "transformers", "safetensors", "numpy", "pillow")


def launch() -> str | None:
    """A name for this launch by torchrun that all its restarts share: the user's, or torchrun's process and host."""
    name = os.environ.get("TORCHELASTIC_RUN_ID")
    return f"process {os.getppid()} on {platform.node()}" if name == "none" else name


def environment() -> dict[str, Any]:
    """Versions, platform and cores. No environment variables but the launch's name, so no secrets."""
    return {
        "ftcli": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "launch": launch(),
        "packages": {package: version(package) for package in PACKAGES},
    }
