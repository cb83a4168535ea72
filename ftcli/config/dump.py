"""An experiment as YAML text that loads to the same experiment."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import yaml

from ftcli.config.reader import FLOAT, INTEGER, WrittenFloat, WrittenInt
from ftcli.config.schema import Experiment, Part


def dump_experiment(experiment: Experiment) -> str:
    """The fully spelled experiment, in the order of the schema; what is None or empty is left out.

    `load_experiment` gives an equal experiment, if lists are tuples in it, `early_stop` is not true, and no
    part is a bare `auto`.
    """
    return yaml.dump(
        plain(experiment),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=False,
    )


def plain(value: Any) -> Any:
    """Mappings, lists and scalars for an experiment or a part of it, without what is None or empty."""
    if isinstance(value, Part):
        return {"name": value.name, **value.options}
    if not dataclasses.is_dataclass(value):
        return value
    values = {one.name: getattr(value, one.name) for one in dataclasses.fields(value) if one.name != "places"}
    return {name: plain(one) for name, one in values.items() if one is not None and one not in ("", ())}


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


def _written_int(dumper: _Dumper, data: WrittenInt) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:int", data.text)


def _written_float(dumper: _Dumper, data: WrittenFloat) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:float", data.text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(tuple, _list)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(WrittenInt, _written_int)
_Dumper.add_representer(WrittenFloat, _written_float)
# PyYAML alone takes `1e-4` and `09` for texts.
for _tag, _pattern in (("int", INTEGER), ("float", FLOAT)):
    _whole = re.compile(rf"^(?:{_pattern.pattern})$")
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _whole, list("+-.0123456789"))
