"""Names to parts, imported only when asked for.

Each room's `__init__.py` holds a `Registry` of `name -> "module:attribute"`, so the names are known, and a wrong one
is answered, without importing torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from ftcli.errors import cut, did_you_mean, listing


class Registry(Mapping[str, str]):
    """A table of contents: `kind` is the noun for messages, values are `"module:attribute"`."""

    def __init__(self, kind: str, entries: Mapping[str, str]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> str:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def load(self, name: str) -> Any:
        """Import the part called `name`. Raises `KeyError` for a name that is not in the table."""
        return part(self._entries[name])

    def unknown(self, name: object) -> str:
        """The words for a name that is not in the table."""
        near = did_you_mean(str(name), self)
        return f"no {self.kind} is called {cut(name)!r}.{near} There are: {listing(sorted(self), limit=40)}"


def part(reference: str) -> Any:
    """Import what `"module:attribute"` names."""
    module, attribute = reference.split(":")
    return getattr(import_module(module), attribute)
