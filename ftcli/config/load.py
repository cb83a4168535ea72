"""A YAML file and `key=value` overrides to an `Experiment`, or every mistake in them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ftcli.config.binding import bind
from ftcli.config.document import Document
from ftcli.config.places import Places
from ftcli.config.reader import read_file, read_text
from ftcli.config.rules import broken_rules
from ftcli.config.schema import Experiment
from ftcli.config.shorthands import expand
from ftcli.config.tree import BROKEN, Node, places_of, resolve
from ftcli.config.value_types import kind_of
from ftcli.errors import ConfigError, Mistake
from ftcli.registry import Registry

_COMMAND = "command line"
Check = Callable[[Experiment], Iterable[Mistake]]


def load_experiment(
    path: str | Path | Document,
    overrides: Sequence[str] = (),
    names: Mapping[str, Registry] = MappingProxyType({}),
    check: Check = lambda _: (),
    check_more: Check = lambda _: (),
) -> Experiment:
    """The experiment in the file at `path`, or in a `Document`, with `overrides` applied in order.

    An override is such as `training.epochs=3`.
    `names` holds the registries whose names are checked: `task`, `freeze`, `loss`, `optimizer`, `schedule`.
    `check` finds further mistakes, `check_more` those that take time to find, and is called only if there are others.
    Raises `ConfigError` with every mistake, in the order of the file, those of the command line last.
    """
    tree, mistakes = path.read() if isinstance(path, Document) else read_file(Path(path))
    expand(tree)
    for override in overrides:
        _apply(override, tree, mistakes)
        expand(tree)
    experiment: Experiment = bind(tree, kind_of(Experiment), "", mistakes)
    experiment = replace(experiment, places=Places(dict(places_of(tree))))
    mistakes += (*broken_rules(experiment, tree, names), *check(experiment))
    if mistakes:
        raise ConfigError(sorted({*mistakes, *check_more(experiment)}, key=_order))
    return experiment


def _order(mistake: Mistake) -> tuple[bool, int, str]:
    line = mistake.place.rpartition(":")[2]
    return mistake.place == _COMMAND, int(line) if line.isdecimal() else 0, mistake.key


def _apply(override: str, tree: Node, mistakes: list[Mistake]) -> None:
    """Set one `key=value` in the tree, in place."""
    key, equals, text = override.partition("=")
    key = key.strip()
    *parents, last = key.split(".")
    if not key or not last or not all(parents):
        mistakes.append(Mistake(_COMMAND, override, "should be key=value, such as training.epochs=3"))
    elif not equals or not text.strip():
        mistakes.append(Mistake(_COMMAND, key, f"needs a value: {key}=VALUE; {key}=null leaves the key out"))
    else:
        node = tree
        for name in parents:
            child = node.value.get(name)
            if child is None or not isinstance(child.value, dict):
                child = node.value[name] = Node({}, _COMMAND)
            node = child
        node.value[last] = _value(key, text.strip(), mistakes)


def _value(key: str, text: str, mistakes: list[Mistake]) -> Node:
    """A list, a mapping or a quoted text is YAML; all else is taken as it stands: `data.delimiter=|`."""
    if text[0] not in "[{\"'":
        return Node(resolve(text), _COMMAND, text)
    try:
        node, found = read_text(text, lambda line: _COMMAND)
    except ConfigError as error:
        node, found = Node(BROKEN, _COMMAND), list(error.mistakes)
    mistakes += [replace(one, key=key) for one in found]
    return node
