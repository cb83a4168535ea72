"""Options of a part as they were written, and bound to what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ftcli.config.tree import Node, plain


class Options(Mapping[str, Any]):
    """A mapping from names to plain values, as they were written or as the program chose them.

    `written` are those that a user wrote, with their places and texts. `binding.bind_options` checks these, once; then
    `arguments` are all options as keyword arguments for what they are for.
    """

    def __init__(
        self,
        values: Mapping[str, Any] = MappingProxyType({}),
        written: Mapping[str, Node] | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        self._values = values
        self._written = written
        self._arguments = values if written is None else arguments

    @property
    def written(self) -> Mapping[str, Node]:
        """What a user wrote, with places and texts."""
        return self._written or {}

    @property
    def is_bound(self) -> bool:
        """Whether there are `arguments`. Values that the program chose need no check."""
        return self._arguments is not None

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Every option, as an argument of the right type."""
        assert self._arguments is not None, "options are bound before they are used"
        return self._arguments

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Options:
        """`options`, which the program chose where they are plain values."""
        return options if isinstance(options, cls) else cls(options)

    @classmethod
    def read(cls, nodes: Mapping[str, Node]) -> Options:
        """What a user wrote, not yet bound."""
        return cls(plain(Node(nodes, "")), nodes)

    def bound_to(self, arguments: Mapping[str, Any]) -> Options:
        """The same, bound to these arguments."""
        return Options(self._values, self._written, arguments)

    def written_or_chosen(self) -> dict[str, Any]:
        """Every option: the node of what a user wrote, the value of what the program chose."""
        return {name: self.written.get(name, value) for name, value in self.items()}

    def without(self, name: str) -> Options:
        """The others, not bound."""
        values = {key: value for key, value in self.items() if key != name}
        if self._written is None:
            return Options(values)
        return Options(values, {key: node for key, node in self._written.items() if key != name})

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Options({dict(self)!r})"

    def __or__(self, chosen: Mapping[str, Any]) -> Options:
        """With options that the program chooses, beside those that are there."""
        arguments = None if self._arguments is None else {**self._arguments, **chosen}
        return Options({**self._values, **chosen}, self._written, arguments)
