"""An experiment as YAML text that loads to the same experiment."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import yaml

from ftcli.config.options import Options
from ftcli.config.schema import Experiment, Part
from ftcli.config.tree import FLOAT, INTEGER, Node


def dump_experiment(experiment: Experiment) -> str:
    """The experiment with every key, in the order of the schema; what is None or empty is left out.

    `load_experiment` gives an equal experiment, if lists are tuples in it, `early_stop` is not true, and no
    part is a bare `auto`.
    """
    return _in_yaml(_spelled(experiment, Options.written_or_chosen))


def dump_changed(experiment: Experiment) -> str:
    """The experiment, with only the keys that differ from their defaults; it loads to an equal one."""
    return _in_yaml(_spelled(experiment, Options.written_or_chosen, changed=True))


def _in_yaml(values: Any) -> str:
    return yaml.dump(
        values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False
    )


def plain(value: Any) -> Any:
    """Mappings, lists and scalars for an experiment or a part of it, without what is None or empty."""
    return _spelled(value, dict)


def _spelled(value: Any, spell: Callable[[Options], dict[str, Any]], *, changed: bool = False) -> Any:
    """The same, with the options of parts as `spell` says; with `changed` without what is as it is by default."""
    if isinstance(value, Part):
        return {"name": value.name, **spell(Options.of(value.options))}
    if isinstance(value, Options):
        return spell(value)
    if not dataclasses.is_dataclass(value):
        return value
    fields = [one for one in dataclasses.fields(value) if one.name != "places"]
    values = {
        one.name: held
        for one in fields
        if (held := getattr(value, one.name)) is not None
        and held not in ("", ())
        and not (changed and held == _default(one))
    }
    return {name: _spelled(one, spell, changed=changed) for name, one in values.items()}


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


class _Dumper(yaml.SafeDumper):
    """Lists on one line, and quotes around texts that YAML 1.1 or 1.2 would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that occurs twice out twice."""
        return True


def _list(dumper: _Dumper, data: Any) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)


def _text(dumper: _Dumper, data: str) -> yaml.Node:
    # Rare line breaks come back as themselves only from within double quotes.
    style = '"' if set(data) & set("\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


def _node(dumper: _Dumper, data: Node) -> yaml.Node:
    """What a user wrote; a number in its own text."""
    value, text = data.value, data.text
    if isinstance(value, (int, float)) and not isinstance(value, bool) and text not in (None, str(value)):
        kind = "int" if isinstance(value, int) else "float"
        return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", str(text))
    return dumper.represent_data(value)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(tuple, _list)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(Node, _node)
# PyYAML alone takes `1e-4` and `09` for texts.
for _tag, _pattern in (("int", INTEGER), ("float", FLOAT)):
    _whole = re.compile(rf"^(?:{_pattern.pattern})$")
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _whole, list("+-.0123456789"))
