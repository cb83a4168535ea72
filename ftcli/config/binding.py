"""A tree bound to a kind: values of the right types, or mistakes that say what would be right.

A number is never made of a quoted text or of true; a string may be written as a number, and is its own text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from types import NoneType
from typing import Any

from ftcli.config.messages import instead, near, shown, takes, words
from ftcli.config.options import Options
from ftcli.config.places import Places, join
from ftcli.config.schema import Part
from ftcli.config.tree import BROKEN, FLOAT, Node, plain, truth
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
    options_of,
)
from ftcli.errors import ConfigError, Mistake, did_you_mean, listing

_LARGEST = 2**63


class _WrongError(Exception):
    """A value that is not of its kind; the words become the `Mistake` of its key."""


def bind_options(
    part: Part,
    target: Callable[..., Any],
    key: str,
    places: Places,
    reserved: Collection[str] = (),
) -> Options:
    """The options of `part`, bound to keyword arguments for `target`, whose signature is the schema.

    `key` is where the part stands in the configuration (`optimizer`), `reserved` are the parameters that the program
    supplies. Only what the user wrote, or the program chose, becomes an argument. Options that are bound already are
    returned as they are; of those that were given in Python the names are checked. Raises `ConfigError` with every
    unknown, missing or mistyped option.
    """
    given = Options.of(part.options)
    if given.is_bound and given.written:
        return given
    options = options_of(target, reserved)
    mistakes: list[Mistake] = []
    for name in given:
        if name not in options:
            place = given.written[name].place if name in given.written else places.of(key)
            problem = f"{part.name} takes no option {name!r}.{near(name, options)} It takes: {takes(options)}"
            mistakes.append(Mistake(place, join(key, name), problem))
    if given.is_bound and not mistakes:
        return given
    chosen = {name: value for name, value in given.items() if name not in given.written}
    known = {name: node for name, node in given.written.items() if name in options}
    open_to_user = {name: option for name, option in options.items() if name not in chosen}
    values = _bind_fields(Node(known, places.of(key)), open_to_user, key, mistakes)
    if mistakes:
        raise ConfigError(mistakes)
    return given.bound_to({**chosen, **values})


def bind(node: Node, kind: Kind, key: str, mistakes: list[Mistake]) -> Any:
    """The value of `node` as `kind`; None, and more `mistakes`, where it is not of that kind."""
    if node.value is BROKEN:
        return None
    try:
        return _bind(node, kind, key, mistakes)
    except _WrongError as wrong:
        mistakes.append(Mistake(node.place, key, str(wrong)))
        return None


def _bind(node: Node, kind: Kind, key: str, mistakes: list[Mistake]) -> Any:
    if isinstance(kind, Either):
        return _either(node, kind, key, mistakes)
    if not _fits(node, kind):
        raise _WrongError(_expected(node, kind))
    match kind:
        case Scalar():
            return _scalar(node, kind)
        case Choice():
            return _choice(node, kind)
        case Listing():
            return _listing(node, kind, key, mistakes)
        case Table():
            children = node.value.items()
            values = {name: bind(child, kind.item, join(key, name), mistakes) for name, child in children}
            return Options.read(node.value) if kind.unbound else values
        case Record():
            return _record(node, kind, key, mistakes)
        case Named():
            return _named(node, key, mistakes)
    return plain(node)


def _fits(node: Node, kind: Kind) -> bool:
    """Whether the shape of the node is that of the kind; its content may still be wrong."""
    value = node.value
    if isinstance(kind, Anything):
        return True
    if isinstance(kind, Listing):
        return isinstance(value, list)
    if isinstance(kind, (Table, Record, Named)):
        return isinstance(value, dict)
    if isinstance(value, (dict, list)):
        return False
    if isinstance(kind, Choice):
        return value is not None
    assert isinstance(kind, Scalar)
    if kind.type is str:
        return value is not None
    if kind.type is NoneType:
        return value is None
    return (truth(node) if kind.type is bool else _number(node)) is not None


def _number(node: Node) -> int | float | None:
    """The number that was written, if one was; `1_000` counts as a thousand."""
    value = node.value
    if isinstance(value, str) and node.text and "_" in value:
        digits = value.replace("_", "")
        if not value.startswith("_") and FLOAT.fullmatch(digits):
            return float(digits) if set(digits) & set(".eE") else int(digits)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _scalar(node: Node, kind: Scalar) -> Any:
    if kind.type is str:
        text = node.value if isinstance(node.value, str) else node.text
        if not text:
            raise _WrongError("is an empty string")
        return text
    if kind.type in (bool, NoneType):
        return truth(node)
    number = _number(node)
    assert number is not None
    if not math.isfinite(number):
        raise _WrongError(f"should be a finite number, not {shown(node)}")
    if kind.type is int and number != int(number):
        raise _WrongError(f"should be a whole number, not {shown(node)}")
    _limit(number, kind, node)
    return kind.type(number)


def _limit(number: float, kind: Scalar, node: Node) -> None:
    limits = kind.limits
    if "minimum" in limits and number < limits["minimum"]:
        raise _WrongError(f"should be at least {limits['minimum']}, not {shown(node)}")
    if "exclusive_minimum" in limits and number <= limits["exclusive_minimum"]:
        raise _WrongError(f"should be more than {limits['exclusive_minimum']}, not {shown(node)}")
    if "maximum" in limits and number > limits["maximum"]:
        raise _WrongError(f"should be at most {limits['maximum']}, not {shown(node)}")
    if kind.type is int and abs(number) >= _LARGEST:
        raise _WrongError(f"should be less than 2^63, not {shown(node)}")


def _choice(node: Node, kind: Choice) -> Any:
    for value in kind.values:
        if isinstance(value, str) and value == (node.text if node.text is not None else node.value):
            return value
        if type(value) is type(node.value) and value == node.value:
            return value
    raise _WrongError(_expected(node, kind))


def _listing(node: Node, kind: Listing, key: str, mistakes: list[Mistake]) -> Any:
    if kind.fixed and len(node.value) != len(kind.items):
        raise _WrongError(f"should be {words(kind)}, not {len(node.value)} of them")
    kinds = kind.items if kind.fixed else kind.items * len(node.value)
    pairs = enumerate(zip(node.value, kinds, strict=True))
    return kind.build([bind(child, item, f"{key}[{index}]", mistakes) for index, (child, item) in pairs])


def _record(node: Node, kind: Record, key: str, mistakes: list[Mistake]) -> Any:
    known = {}
    for name, child in node.value.items():
        if name in kind.fields:
            known[name] = child
        else:
            mistakes.append(
                Mistake(child.place, join(key, name), f"no such key.{instead(name, kind.fields)}")
            )
    before = len(mistakes)
    values = _bind_fields(Node(known, node.place), kind.fields, key, mistakes)
    missing = any(option.default is REQUIRED and name not in values for name, option in kind.fields.items())
    return None if missing and len(mistakes) > before else kind.build(**values)


def _bind_fields(
    node: Node, options: Mapping[str, Option], key: str, mistakes: list[Mistake]
) -> dict[str, Any]:
    """The values of known keys, without those that are wrong; a required one that is missing is a mistake."""
    values = {}
    for name, child in node.value.items():
        before = len(mistakes)
        value = bind(child, options[name].kind, join(key, name), mistakes)
        # A record with mistakes inside is kept, so that its other keys can still be checked.
        fine = child.value is not BROKEN and len(mistakes) == before
        if fine or (isinstance(options[name].kind, Record) and value is not None):
            values[name] = value
    for name, option in options.items():
        if option.default is REQUIRED and name not in node.value:
            problem = f"is required: {words(option.kind)}"
            mistakes.append(Mistake(node.place, join(key, name), problem))
    return values


def _named(node: Node, key: str, mistakes: list[Mistake]) -> Part | None:
    if "name" not in node.value:
        beside = f" beside {listing(node.value)}" if node.value else ""
        raise _WrongError(f"needs a 'name'{beside}: give {join(key, 'name')}, too")
    name = bind(node.value["name"], Scalar(str), join(key, "name"), mistakes)
    written = {option: child for option, child in node.value.items() if option != "name"}
    return Part(name or "", Options.read(written))


def _either(node: Node, kind: Either, key: str, mistakes: list[Mistake]) -> Any:
    """The first member that takes the value."""
    first: list[Mistake] = []
    for member in sorted(kind.kinds, key=lambda one: _late(node, one)):
        if _fits(node, member):
            found: list[Mistake] = []
            value = bind(node, member, key, found)
            if not found:
                return value
            first = first or ([] if isinstance(member, Choice) else found)
    if not first:
        raise _WrongError(_expected(node, kind))
    mistakes.extend(first)
    return None


def _late(node: Node, kind: Kind) -> tuple[bool, bool]:
    """Sorts the exact type of the value first, and text last, since any scalar may be a text."""
    if not isinstance(kind, Scalar):
        return True, False
    return kind.type is not type(node.value), kind.type is str


def _expected(node: Node, kind: Kind) -> str:
    """`should be a list of whole numbers, not 64; write [64]`."""
    problem = f"should be {words(kind)}, not {shown(node)}"
    if isinstance(node.value, (dict, list)) or node.value is None:
        return problem
    kinds = kind.kinds if isinstance(kind, Either) else (kind,)
    choices = [str(value) for one in kinds if isinstance(one, Choice) for value in one.values]
    if close := did_you_mean(node.text or str(node.value), choices):
        return f"{problem}.{close}"
    if any(isinstance(one, Listing) and _fits(node, one.items[0]) for one in kinds):
        return f"{problem}; write [{node.text or node.value}]"
    quoted = node.text is None and isinstance(node.value, str) and FLOAT.fullmatch(node.value)
    if quoted and any(isinstance(one, Scalar) and one.type in (int, float) for one in kinds):
        return f"{problem}; remove the quotes"
    return problem
