"""Packages that only some users need: the extras of `pip install "ftcli[EXTRA]"`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from ftcli.errors import InstallationError


def check_extra(package: str, extra: str, who: str) -> None:
    """Raise `InstallationError` where a package of an extra is not installed; `who` needs it."""
    if find_spec(package) is None:
        raise InstallationError(f'{who} needs one more package: pip install "ftcli[{extra}]"')


def import_extra(module: str, extra: str, who: str) -> ModuleType:
    """A module of a package of an extra. Raises `InstallationError` as `check_extra` does."""
    check_extra(module.split(".", maxsplit=1)[0], extra, who)
    return import_module(module)
