"""YAML files and texts read as a tree, with limits on what is read.

It is built from PyYAML's parsing events, because only these distinguish `"3"` from `3` and show tags, anchors and
repeated keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from ftcli.config.places import join
from ftcli.config.tree import BROKEN, Node, resolve
from ftcli.errors import ConfigError, Mistake, command, cut, did_you_mean, listing

MAX_BYTES = 1 << 20
MAX_DEPTH = 20
# A list of all 21,841 classes of ImageNet fits.
MAX_VALUES = 25_000
# Keys of one mapping.
MAX_KEYS = 2_000
# Characters of one value.
MAX_TEXT = 10_000
# Characters of a key.
MAX_NAME = 500
# Reading stops after so many.
MAX_MISTAKES = 20

# Endings of configurations. What ends otherwise and does not read as one may be data.
ENDINGS = (".yaml", ".yml", ".json", "")

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Escapes for the bytes of a path that is not UTF-8, which libyaml refuses.
_OTHER_BYTES = re.compile(r"\\u[dD][cC]")
# What libyaml says, and what a user can do about it.
_HINTS = {
    "mapping values are not allowed": "a ':' cannot stand here; check the indentation, or quote the value",
    "could not find expected ':'": "this line has no 'key: value'",
    "did not find expected key": "the indentation does not fit, or a quote or a comma is missing",
    "found unexpected ':'": "a ':' needs a space after it",
    "expected <document start>": "this line does not fit the lines above; check the indentation",
    "expected '-' indicator": "this line does not fit the list above; check the indentation",
    "expected node content": "a value is missing",
    "cannot start any token": "a value cannot begin like this; quote it",
    "unexpected end of stream": "a quote is not closed",
    "did not find expected alphabetic": "a value that begins with '*' or '&' must be quoted",
}


def read_file(path: Path) -> tuple[Node, list[Mistake]]:
    """The tree of a file whose top level is a mapping, and mistakes that do not stop the reading.

    Raises `ConfigError` for a file that cannot be read or is not YAML.
    """
    try:
        tree, mistakes = read_tree(path)
    except ConfigError:
        if path.is_file() and path.suffix.lower() not in ENDINGS:
            raise _not_yaml(path) from None
        raise
    if not isinstance(tree.value, dict) and path.suffix.lower() not in ENDINGS:
        raise _not_yaml(path)
    if not isinstance(tree.value, dict):
        empty = tree.value is None
        problem = "the file is empty" if empty else "the top level of the file is not 'key: value' lines"
        mistakes.append(Mistake(tree.place, "", f"{problem}; it needs at least task, data and model"))
        raise ConfigError(mistakes)
    return tree, mistakes


def _not_yaml(path: Path) -> ConfigError:
    return ConfigError([Mistake(str(path), "", f"is not a YAML file of 'key: value' lines{_init(path)}")])


def _init(path: Path) -> str:
    """What to do with data in the place of a configuration."""
    return f". If it is data, `{command('init', path)} > my.yaml` writes one for it"


def read_tree(path: Path) -> tuple[Node, list[Mistake]]:
    """The tree of a file with any top level. See `read_file`."""
    return read_text(_decode(_bytes(path), str(path)), lambda line: f"{path}:{line}")


def _bytes(path: Path) -> bytes:
    # Opening a pipe would wait for its writer.
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ConfigError([Mistake(str(path), "", "is a pipe or a device, and a file is wanted")])
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError([Mistake(str(path), "", _missing(path))]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = _init(path) if isinstance(error, IsADirectoryError) else ""
        raise ConfigError([Mistake(str(path), "", f"cannot be read: {reason}{hint}")]) from None
    if len(data) > MAX_BYTES:
        raise ConfigError([Mistake(str(path), "", "is larger than 1 MiB, so it is not a configuration")])
    return data


def _missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"no such file, and no such folder {str(folder)!r} in {str(Path.cwd())!r}"
    names = sorted(entry.name for entry in folder.iterdir() if entry.suffix in (".yaml", ".yml"))
    near = did_you_mean(path.name, names)
    return f"no such file.{near} YAML files in {str(folder.resolve())!r}: {listing(names)}"


def _decode(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigError([Mistake(f"{name}:1", "", "the file is UTF-16 or UTF-32; save it as UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise ConfigError([Mistake(f"{name}:{line}", "", problem)]) from None


# ----------------------------------------------------------------------------------------------------- text


def read_text(text: str, place: Callable[[int], str]) -> tuple[Node, list[Mistake]]:
    """The tree of one YAML document; `place` words a line number, counted from 1. See `read_file`."""
    strange = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if strange:
        problem = f"the character U+{ord(strange[0]):04X} cannot stand in YAML; remove it"
        raise ConfigError([Mistake(place(text.count("\n", 0, strange.start()) + 1), "", problem)])
    builder = _Builder(text, place)
    try:
        return builder.document(), builder.mistakes
    except yaml.YAMLError as error:
        line, problem = _explain(error, text)
        mistake = Mistake(place(line), builder.key, f"cannot be read as YAML: {problem}")
        raise ConfigError([*builder.mistakes, mistake]) from None


def _explain(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """The line (from 1) and words for what PyYAML could not parse."""
    mark = getattr(error, "problem_mark", None)
    # An open bracket or quote is noticed at the end of the file; the user wants to know where it began.
    if re.search("simple key|quoted|flow", getattr(error, "context", None) or ""):
        mark = getattr(error, "context_mark", None) or mark
    lines = text.splitlines() or [""]
    line = min(mark.line if mark else 0, len(lines) - 1)
    problem = getattr(error, "problem", None) or str(error)
    if "\t" in re.match(r"\s*", lines[line])[0]:  # type: ignore[index]  # `\s*` always matches
        return line + 1, "a tab cannot indent; use spaces"
    return line + 1, next((hint for words, hint in _HINTS.items() if words in problem), problem)


class _Builder:
    """Parsing events to nodes. `key` is the last key that was read, for messages about syntax errors."""

    def __init__(self, text: str, place: Callable[[int], str]) -> None:
        loader = yaml.SafeLoader if _OTHER_BYTES.search(text) else _LOADER
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=loader))
        self.place = place
        self.mistakes: list[Mistake] = []
        self.key = ""
        self.values = 0

    def document(self) -> Node:
        """The only document of the stream; an empty stream is a null."""
        next(self.events)  # the stream's start
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            return Node(None, self.place(1), "")
        if start.version or start.tags:
            self._mistake(start, "", "a % directive is not supported; remove the line")
        tree = self._node(next(self.events), "", None, 0)
        next(self.events)  # the document's end
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._mistake(after, "", "a second document begins here; a configuration is one document")
        return tree

    def _mistake(self, event: Any, key: str, problem: str) -> None:
        """One more mistake; too many end the reading."""
        self.mistakes.append(Mistake(self.place(event.start_mark.line + 1), key, problem))
        if len(self.mistakes) == MAX_MISTAKES:
            raise ConfigError(self.mistakes)

    def _node(self, event: Any, key: str, place: str | None, depth: int) -> Node:
        """The node that begins with `event`; `place` is that of its key, if it has one."""
        place = place or self.place(event.start_mark.line + 1)
        self._limit(place, key, depth)
        if isinstance(event, yaml.AliasEvent):
            problem = (
                f"an alias (*{cut(event.anchor)}) is not supported; write the value out, or quote a text"
            )
            self._mistake(event, key, problem)
            return Node(BROKEN, place)
        if event.anchor:
            problem = f"an anchor (&{cut(event.anchor)}) is not supported; remove it, or quote a text"
            self._mistake(event, key, problem)
        if event.tag:
            self._mistake(
                event, key, f"a tag ({cut(event.tag)}) is not supported; remove it, or quote a text"
            )
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self._mapping(key, depth), place)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self._list(key, depth), place)
        return self._scalar(event, key, place)

    def _limit(self, place: str, key: str, depth: int) -> None:
        """Raise `ConfigError` for a file that is deeper or longer than any configuration."""
        self.values += 1
        problem = f"nested deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else ""
        if self.values > MAX_VALUES:
            problem = f"here is value {self.values:,}, and a configuration has at most {MAX_VALUES:,}"
        if problem:
            raise ConfigError([*self.mistakes, Mistake(place, key, problem)])

    def _scalar(self, event: Any, key: str, place: str) -> Node:
        if len(event.value) > MAX_TEXT:
            self._mistake(event, key, f"has {len(event.value):,} characters; at most {MAX_TEXT:,} are read")
            return Node(BROKEN, place)
        if "\0" in event.value:
            self._mistake(event, key, r"holds the character \0; remove it")
            return Node(BROKEN, place)
        if event.style:  # quoted, or a block of text
            return Node(event.value, place)
        return Node(resolve(event.value), place, event.value)

    def _list(self, key: str, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, f"{key}[{len(items)}]", None, depth + 1))
        return items

    def _mapping(self, key: str, depth: int) -> dict[str, Node]:
        children: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if len(children) == MAX_KEYS:
                problem = f"has more than {MAX_KEYS:,} keys"
                raise ConfigError([*self.mistakes, Mistake(self.place(line), key, problem)])
            name = self._name(event, key, depth)
            self.key = full = join(key, name) if name else key
            child = self._node(next(self.events), full, self.place(line), depth + 1)
            if name in children:
                self._mistake(event, full, f"given twice; the first is at {children[name].place}")
            elif name:
                children[name] = child
        return children

    def _name(self, event: Any, key: str, depth: int) -> str:
        """The text of a key; empty, with a mistake, for what cannot be one."""
        node = self._node(event, key, None, depth + 1)
        name = str(event.value) if isinstance(event, yaml.ScalarEvent) and node.value is not BROKEN else ""
        if name == "<<" and not event.style:
            self._mistake(event, key, "merging (<<) is not supported; write the keys out")
            return ""
        if not name and node.value is not BROKEN:
            self._mistake(event, key, "a key must be a name, not a list, a mapping or nothing")
        if len(name) > MAX_NAME:
            self._mistake(event, key, f"a key must be a short name, not {cut(name)!r}")
            return ""
        return name
