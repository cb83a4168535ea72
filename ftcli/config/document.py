"""A configuration that no file holds, as it stands for the arguments of a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ftcli.config.reader import read_text
from ftcli.config.tree import Node
from ftcli.errors import Mistake


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a configuration. A mistake in it is one in the argument that a key stands for.

    `argument` is the usual one, `options` are the others by dotted keys: {"data.label": "--label"}.
    """

    text: str
    argument: str
    options: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> tuple[Node, list[Mistake]]:
        """The tree, as `reader.read_file` gives that of a file."""
        tree, mistakes = read_text(self.text, lambda _: self.argument)
        for key, option in self.options.items():
            _place(tree, key, option)
        return tree, mistakes


def _place(node: Node, key: str, place: str) -> None:
    """Set where the value of a dotted key was written, if there is one."""
    for name in key.split("."):
        if not isinstance(node.value, dict) or name not in node.value:
            return
        node = node.value[name]
    node.place = place
