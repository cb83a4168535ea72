"""The page of all keys: from the dataclasses of the schema, the options of the parts, and the table of defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import NoneType
from typing import Any

from markup import anchor, code, prose, table

from ftcli.config.defaults.facts import Facts
from ftcli.config.defaults.fill import fill
from ftcli.config.defaults.recipes import FAMILIES, FROZEN, SCRATCH
from ftcli.config.schema import Data, Experiment, Model
from ftcli.config.shorthands import PARTS, SHORTHANDS
from ftcli.config.value_types import (
    REQUIRED,
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
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.runs.names import PARTS as TABLES
from ftcli.tasks import TASKS

INTRODUCTION = """# Keys

Every key that a YAML file may have. This page is made from the program when the documentation is built;
`ftcli schema` prints the same as a JSON Schema, for editors.

On the command line a key is `section.key=value`: `ftcli train my.yaml training.epochs=3 data.val=none`.
"chosen" means that the program chooses where the key is left out; `ftcli train my.yaml --plan` shows what it chose and
why: see [What is chosen](#what-is-chosen). Where true or false is wanted, `yes`, `on`, `no` and `off` are these, too.
"""
_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_LIMITS = {"minimum": "at least", "maximum": "at most", "exclusive_minimum": "above"}
# What the program supplies to a part, so that it is not an option.
_SUPPLIED = ("target",)


def keys_page() -> str:
    """The whole page, in Markdown."""
    root = kind_of(Experiment)
    assert isinstance(root, Record)
    top = {name: option for name, option in root.fields.items() if not _is_section(option)}
    sections = {name: option for name, option in root.fields.items() if _is_section(option)}
    text = [INTRODUCTION, "## The file\n", _keys("", top), f"\nTasks: {', '.join(map(code, TASKS))}.\n"]
    for name, option in sections.items():
        text += [f"\n## {name}\n", f"{prose(option.help)}.{_short(name)}\n", _keys(name, _fields(option))]
    for name in PARTS:
        text += [f"\n## {name}: names and options\n", *_part(name)]
    return "\n".join([*text, "\n## What is chosen\n", *_chosen_values()])


def _is_section(option: Option) -> bool:
    return isinstance(option.kind, Record)


def _fields(option: Option) -> Mapping[str, Option]:
    assert isinstance(option.kind, Record)
    return option.kind.fields


def key_names(options: Mapping[str, Option], before: str = "") -> Iterator[tuple[str, Option]]:
    """Every key with its dots, those of sections within sections after the section."""
    for name, option in options.items():
        key = f"{before}{name}"
        yield key, option
        for kind in option.kind.kinds if isinstance(option.kind, Either) else (option.kind,):
            if isinstance(kind, Record):
                yield from key_names(kind.fields, f"{key}.")


def _keys(section: str, options: Mapping[str, Option]) -> str:
    chosen = _chosen_keys()
    rows = []
    for key, option in key_names(options, f"{section}." if section else ""):
        default = "[chosen](#what-is-chosen)" if key in chosen else _default(option)
        rows.append((f"{anchor(key)}{code(key)}", _value(key, option.kind), default, f"{prose(option.help)}"))
    return table(("key", "value", "default", "meaning"), rows)


def _default(option: Option) -> str:
    if option.default is REQUIRED:
        return "has to be given"
    if option.default is None or option.default == "" or isinstance(option.kind, Record):
        return ""
    if isinstance(option.default, bool):
        return code(str(option.default).lower())
    return code(list(option.default) if isinstance(option.default, tuple) else option.default)


def _value(key: str, kind: Kind) -> str:
    words = [*_short_forms(key), *dict.fromkeys(_words(kind))]
    return ", or ".join(dict.fromkeys(words))


def _short(key: str) -> str:
    forms = _short_forms(key)
    return f" A short form is {', or '.join(forms)}." if forms else ""


def _short_forms(key: str) -> list[str]:
    """What may be written instead of a mapping."""
    return [_form(one) for one in SHORTHANDS[key].schema] if key in SHORTHANDS else []


def _form(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(code(str(one).lower() if isinstance(one, bool) else one) for one in schema["enum"])
    return {
        "string": "text",
        "integer": "whole number",
        "array": "list of texts",
    }[schema["type"]]


def _words(kind: Kind) -> Iterator[str]:
    """What may be written, in words."""
    match kind:
        case Scalar() if kind.type is not NoneType:
            limits = " and ".join(f"{_LIMITS[name]} {value:g}" for name, value in kind.limits.items())
            yield f"{_WORDS[kind.type]}{', ' if limits else ''}{limits}"
        case Choice():
            yield ", ".join(map(code, kind.values))
        case Listing():
            yield f"list: {'; '.join(word for one in kind.items for word in _words(one))}"
        case Table():
            yield "a mapping"
        case Record():
            yield "a mapping of the keys below"
        case Named():
            yield "a name, or a mapping with `name` and its options"
        case Either():
            for one in kind.kinds:
                yield from _words(one)


def _part(key: str) -> Iterator[str]:
    """The names of a table, each with its options."""
    forms = _short_forms(key)
    if forms:
        yield f"Also: {', or '.join(forms)}.\n"
    for name in TABLES[key]:
        target: Callable[..., Any] = TABLES[key].load(name)
        summary = (inspect.getdoc(target) or "").split("\n\n")[0]
        yield f"\n### {key}: {name}\n\n{prose(' '.join(summary.split()))}\n"
        options = options_of(target, _SUPPLIED)
        rows = [
            (code(name), ", or ".join(_words(one.kind)), _default(one), prose(one.help))
            for name, one in options.items()
        ]
        if rows:
            yield table(("option", "value", "default", "meaning"), rows)


# Experiments of three kinds, for the keys that the program chooses and as examples of what it chooses.
_PHOTOS = Facts(
    inputs=(IMAGE,),
    kind=KINDS["single-label"],
    family="mobile",
    width=1280,
    pretrained=True,
    examples=240,
    smallest_class=48,
    validated=True,
    metric="accuracy",
    loss="cross-entropy",
    cores=8,
    device="cuda",
)
CASES = {
    "240 photographs of 5 classes, MobileNetV2": _PHOTOS,
    "20,000 reviews, BERT": replace(
        _PHOTOS, inputs=(TEXT,), family="bert", examples=20_000, smallest_class=9000
    ),
    "3,000 recordings of 10 words, wav2vec2": replace(
        _PHOTOS, inputs=(AUDIO,), family="wav2vec2", examples=3000, smallest_class=250
    ),
    "prompts and answers, GPT-2": replace(
        _PHOTOS, inputs=(TEXT,), kind=KINDS["tokens"], family="gpt", examples=8000, smallest_class=None
    ),
}


def _filled(facts: Facts) -> list[tuple[str, Any, str]]:
    given = Experiment("image-classification", Data(source="data"), Model("model"))
    return [(one.key, getattr(one.value, "name", one.value), one.reason) for one in fill(given, facts)[1]]


def _chosen_keys() -> set[str]:
    found = {key for facts in CASES.values() for key, _, _ in _filled(facts)}
    return found | {key.partition(".")[0] for key in found} & {*PARTS}


def _chosen_values() -> Iterator[str]:
    yield (
        "What is left out gets a value that suits the family of the network, the freezing policy and the size of "
        "the data. Every run prints the values with their reasons (`ftcli train my.yaml --dry-run` does so without "
        "training), and writes them into its `experiment.yaml`. Four examples, on a GPU and 8 cores:\n"
    )
    for name, facts in CASES.items():
        rows = [(code(key), code(value), prose(reason)) for key, value, reason in _filled(facts)]
        yield f"\n### {name}\n\n{table(('key', 'value', 'reason'), rows)}"
    yield "\n### Rates by family\n\nFor AdamW and batches up to 64; above, rates grow with sqrt(batch / 32).\n"
    named = {**FAMILIES, "frozen backbone": FROZEN, **{f"{k}, from nothing": v for k, v in SCRATCH.items()}}
    recipes = [
        (name, *(f"{value:g}" for value in row[:5]), row.schedule, f"{row.clip:g}", prose(row.source))
        for name, row in named.items()
    ]
    yield table(
        (
            "family",
            "head",
            "backbone",
            "decay a block",
            "weight decay",
            "warm-up",
            "schedule",
            "clip",
            "from",
        ),
        recipes,
    )
