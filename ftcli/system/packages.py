"""Whether the installed packages fit each other."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from ftcli.errors import InstallationError
from ftcli.system.torch_import import import_torch


def check() -> None:
    """Import torch and torchvision. Raises `InstallationError`, one sentence, if they do not fit each other."""
    try:
        import_torch()
    except (ImportError, RuntimeError, OSError) as error:
        raise InstallationError(_words(error)) from error


def _words(error: BaseException) -> str:
    found = {}
    for package in ("torch", "torchvision"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    pair = " and ".join(f"{package} {number}" for package, number in found.items())
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return (
        f"{pair} do not fit each other ({reason}); install a pair that does, with: "
        "pip install --upgrade 'torch>=2.10' 'torchvision>=0.25'"
    )
