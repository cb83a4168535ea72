"""The contract as a JSON Schema (draft 2020-12), so that editors complete and check the YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import NoneType
from typing import Any

from ftcli.config.defaults.recipes import CHOSEN
from ftcli.config.places import join
from ftcli.config.schema import Experiment
from ftcli.config.shorthands import PARTS, SHORTHANDS
from ftcli.config.value_types import (
    REQUIRED,
    Anything,
    Choice,
    Either,
    Kind,
    Listing,
    Named,
    Option,
    Record,
    Scalar,
    Table,
    kind_of,
    options_of,
)

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# A number or true may be written for a text and is then its own text.
_TYPES: Mapping[type, Any] = {
    str: ["string", "number", "boolean"],
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
}
# Words of YAML 1.1.
_WORDS: Mapping[type, list[str]] = {bool: ["yes", "no", "on", "off"]}
_LIMITS = {"minimum": "minimum", "maximum": "maximum", "exclusive_minimum": "exclusiveMinimum"}

Schema = dict[str, Any]


def json_schema(
    parts: Mapping[str, Mapping[str, Callable[..., Any]]],
    tasks: Sequence[str],
    reserved: Collection[str] = (),
) -> Schema:
    """The schema of a configuration file.

    `parts` holds the classes or functions of the tables `freeze`, `loss`, `optimizer` and `schedule` by name;
    `reserved` are the parameters that the program supplies, as in `bind_options`.
    """
    named = {key: _part(key, parts.get(key, {}), reserved) for key in PARTS}
    root = _Writer(named).schema(kind_of(Experiment), "")
    root["properties"]["task"] |= {"enum": sorted(tasks)}
    root["required"] = ["task", "data", "model"]
    return {"$schema": _DIALECT, "title": "ftcli experiment", **root}


class _Writer:
    """Kinds to schemas. `named` holds the schemas of the parts by key; short forms are found by key."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self.named = named

    def schema(self, kind: Kind, key: str) -> Schema:
        """The schema of what may be written at `key`, short forms included."""
        long = self._long(kind, key)
        short = SHORTHANDS[key].schema if key in SHORTHANDS else ()
        return _any([*map(dict, short), long]) if short else long

    def _long(self, kind: Kind, key: str) -> Schema:
        match kind:
            case Scalar():
                limits = {_LIMITS[name]: value for name, value in kind.limits.items()}
                plain = {"type": _TYPES[kind.type], **limits}
                return _any([plain, {"enum": _WORDS[kind.type]}]) if kind.type in _WORDS else plain
            case Choice():
                return {"enum": list(kind.values)}
            case Listing():
                return self._list(kind)
            case Table():
                return {"type": "object", "additionalProperties": self._long(kind.item, "")}
            case Record():
                return self._record(kind, key)
            case Either():
                return _any([self._long(one, key) for one in kind.kinds])
            case Named():
                return self.named[key]
        assert isinstance(kind, Anything)
        return {}

    def _list(self, kind: Listing) -> Schema:
        if not kind.fixed:
            return {"type": "array", "items": self._long(kind.items[0], "")}
        items = [self._long(one, "") for one in kind.items]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}

    def _record(self, kind: Record, key: str) -> Schema:
        schema = self.options(kind.fields, key)
        if key == "data":
            schema["anyOf"] = [{"required": ["source"]}, {"required": ["train"]}]
        if key == "model":
            schema["required"] = ["backbone"]
        return schema

    def options(self, options: Mapping[str, Option], key: str) -> Schema:
        """An object with these options and no other."""
        properties = {name: self._option(option, join(key, name)) for name, option in options.items()}
        required = [name for name, option in options.items() if option.default is REQUIRED]
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return schema | ({"required": required} if required else {})

    def _option(self, option: Option, key: str) -> Schema:
        schema = self.schema(option.kind, key)
        notes: Schema = {"description": option.help} if option.help else {}
        if (
            isinstance(option.default, (str, int, float))
            and option.default != ""
            and option.default is not REQUIRED
        ):
            notes["default"] = option.default
        return notes | schema


def _any(schemas: Sequence[Schema]) -> Schema:
    """One of several schemas; `anyOf` within `anyOf` is flattened."""
    flat: list[Schema] = []
    for schema in schemas:
        flat += schema["anyOf"] if list(schema) == ["anyOf"] else [schema]
    different = [schema for index, schema in enumerate(flat) if schema not in flat[:index]]
    return {"anyOf": different} if len(different) > 1 else different[0]


def _part(key: str, table: Mapping[str, Callable[..., Any]], reserved: Collection[str]) -> Schema:
    """A name of the table, or a mapping with the options of that name."""
    writer = _Writer({})
    forms: list[Schema] = [{"enum": [*sorted(table), "auto"]}]
    bodies = {name: writer.options(options_of(target, reserved), "") for name, target in table.items()}
    for name, body in bodies.items():
        properties = {"name": {"const": name}, **body["properties"]}
        forms.append({**body, "properties": properties, "required": ["name", *body.get("required", ())]})
    if key in CHOSEN:
        forms.append(_chosen(list(bodies.values())))
    return _any(forms)


def _chosen(bodies: Sequence[Schema]) -> Schema:
    """Options for what the program chooses: those that any name of the table takes."""
    options: dict[str, list[Schema]] = {}
    for body in bodies:
        for name, schema in body["properties"].items():
            options.setdefault(name, []).append({key: schema[key] for key in schema if key != "default"})
    properties = {name: _any(schemas) for name, schemas in options.items()}
    return {
        "type": "object",
        "properties": {"name": {"const": "auto"}, **properties},
        "additionalProperties": False,
        "minProperties": 1,
    }
