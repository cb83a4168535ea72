"""The YAML files that come with the program."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import ftcli


def folder() -> Path:
    """Where they are: in the package, or beside it where it is used from a clone."""
    installed = Path(str(files("ftcli"))) / "examples"
    return installed if installed.is_dir() else Path(ftcli.__file__).parents[1] / "configs"


def names() -> list[str]:
    """What `ftcli examples NAME` and `ftcli train NAME` take."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def example(name: str) -> Path | None:
    """The file of an example; None for another name."""
    return folder() / f"{name}.yaml" if name in names() else None
