"""Type hints as kinds of values: one reading of them, for binding, for messages and for the JSON Schema.

The signature is the schema: the options of a part are the parameters of its class or function.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Union

from ftcli.config.schema import Part

REQUIRED: Any = inspect.Parameter.empty
_LIMITS = ("minimum", "maximum", "exclusive_minimum")


class Scalar(NamedTuple):
    """A `str`, `int`, `float`, `bool` or `NoneType`; `limits` hold for numbers."""

    type: type
    limits: Mapping[str, float] = MappingProxyType({})


class Choice(NamedTuple):
    """One of some values."""

    values: tuple[Any, ...]


class Listing(NamedTuple):
    """A list: any number of `items[0]`, or exactly `items` where it is `fixed`. `build` makes the value."""

    items: tuple[Kind, ...]
    fixed: bool
    build: Callable[[Collection[Any]], Any]


class Table(NamedTuple):
    """A mapping from any names to values of one kind; or to `Options`, which bind later to what another key names."""

    item: Kind
    unbound: bool = False


class Record(NamedTuple):
    """A mapping with the fields of a dataclass; `short` words its short form, if it has one."""

    build: Callable[..., Any]
    fields: Mapping[str, Option]
    short: str = ""


class Named(NamedTuple):
    """A `Part`: a name and options, which bind later to what the name stands for."""


class Anything(NamedTuple):
    """No restriction."""


class Either(NamedTuple):
    """The first that fits."""

    kinds: tuple[Kind, ...]


class Option(NamedTuple):
    """A key: what may be written for it, its default (`REQUIRED` if it has none), and one line of help."""

    kind: Kind
    default: Any = REQUIRED
    help: str = ""


# What may be written for a value.
Kind = Scalar | Choice | Listing | Table | Record | Named | Anything | Either


def options_of(target: Callable[..., Any], reserved: Collection[str] = ()) -> dict[str, Option]:
    """The options that a class or function takes, without the `reserved` ones, which the program supplies.

    Raises `TypeError` for a parameter whose annotation no YAML value can satisfy.
    """
    if isinstance(target, type) and dataclasses.is_dataclass(target):
        return _fields(target, reserved)
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(target).parameters.items()
        if name not in reserved and parameter.kind not in variable
    }
    hints = _hints(target, {name: parameter.annotation for name, parameter in parameters.items()})
    return {name: Option(kind_of(hints[name]), one.default) for name, one in parameters.items()}


def _hints(target: Callable[..., Any], annotations: Mapping[str, Any]) -> dict[str, Any]:
    """The annotations as types. Only these, since others may name what is imported for type checking only."""
    function = inspect.unwrap(target.__init__ if isinstance(target, type) else target)  # type: ignore[misc]
    known = {name: Any if hint is REQUIRED else hint for name, hint in annotations.items()}
    holder = type(
        "Options", (), {"__annotations__": known, "__module__": getattr(function, "__module__", "builtins")}
    )
    return typing.get_type_hints(holder)


def _fields(target: Any, reserved: Collection[str]) -> dict[str, Option]:
    fields = [one for one in dataclasses.fields(target) if one.init and one.name not in reserved]
    hints = typing.get_type_hints(target)
    kinds = {one.name: kind_of(hints[one.name], one.metadata) for one in fields}
    return {one.name: Option(kinds[one.name], _default(one), _help(one)) for one in fields}


def _default(one: dataclasses.Field[Any]) -> Any:
    if one.default_factory is not dataclasses.MISSING:
        return one.default_factory()
    return REQUIRED if one.default is dataclasses.MISSING else one.default


def _help(one: dataclasses.Field[Any]) -> str:
    return str(one.metadata.get("help", ""))


def kind_of(hint: Any, metadata: Mapping[str, Any] = MappingProxyType({})) -> Kind:
    """The kind that a type hint stands for. `metadata` is that of a field of the contract: its limits."""
    if hint in (str, int, float, bool, types.NoneType, None):
        return _scalar(types.NoneType if hint is None else hint, metadata)
    if hint in (Any, object):
        return Anything()
    if hint is Part:
        return Named()
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return Record(hint, _fields(hint, ("places",)), str(metadata.get("short", "")))
    return _generic(hint, metadata)


def _scalar(hint: type, metadata: Mapping[str, Any]) -> Kind:
    if hint is str and "choices" in metadata:
        return Choice(tuple(metadata["choices"]))
    numeric = hint in (int, float)
    return Scalar(hint, {name: metadata[name] for name in _LIMITS if numeric and name in metadata})


def _generic(hint: Any, metadata: Mapping[str, Any]) -> Kind:
    origin = typing.get_origin(hint) or hint
    arguments = typing.get_args(hint)
    if origin is Literal:
        return Choice(arguments)
    if origin in (Union, types.UnionType):
        return Either(tuple(kind_of(one, metadata) for one in arguments))
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        return Listing(tuple(kind_of(one, metadata) for one in arguments), True, tuple)
    if origin in (tuple, list, Sequence, Collection):
        item = kind_of(arguments[0] if arguments else Any, metadata)
        return Listing((item,), False, list if origin is list else tuple)
    if origin in (dict, Mapping):
        return Table(kind_of(arguments[1] if arguments else Any, metadata), metadata.get("unbound", False))
    if origin is typing.Annotated:
        return kind_of(arguments[0], metadata)
    raise TypeError(f"no YAML value can be a {hint}; make the parameter reserved, or annotate it otherwise")
