"""Objects of JSON: one on each line, or those of one document. Documents are read in parts, an object at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SPACE = " \t\r\n\ufeff"
_NEAR_END = 16  # a mistake so near to the end of a part may be a word that the part cuts


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Raises `ValueError` for a key that is given twice, of which one would be lost."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} is given twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


class BadJsonError(ValueError):
    """What is wrong, with the line it is on."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True, slots=True)
class Item:
    """A value, the number of its first line, its first byte, and the byte after it."""

    line: int
    start: int
    end: int
    value: Any


def parse(text: str) -> Any:
    """The value that is all of a text. Raises `ValueError` or `RecursionError`; a half of a character is one, too."""
    found = json.loads(text, object_pairs_hook=_unique)
    _check_halves(text, found)
    return found


def first_value(text: str) -> Any:
    """The value at the beginning of a text, whatever follows it."""
    return json.JSONDecoder().raw_decode(text.lstrip(_SPACE))[0]


def _check_halves(text: str, value: Any) -> None:
    """Raise `ValueError` for text that cannot be written: of two escapes that are one character one is missing."""
    if "\\ud" not in text.lower():
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise HalfCharacterError(f"{half} is half a character: text that was cut off?") from None


class HalfCharacterError(ValueError):
    """Text that JSON can hold and no file can."""


def is_cut(line: str) -> bool:
    """Whether an object that begins in this line goes on in the next one."""
    try:
        _DECODER.raw_decode(line.lstrip(_SPACE))
    except json.JSONDecodeError as error:
        return error.pos >= len(line.strip(_SPACE)) - 1
    except (ValueError, RecursionError):
        return False
    return False


def lists_of_objects(value: Mapping[str, Any]) -> list[str]:
    """The keys of an object whose values are lists of objects."""
    return [
        key
        for key, held in value.items()
        if isinstance(held, list) and held and all(isinstance(one, dict) for one in held)
    ]


def columns_of(value: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The columns that an object is; empty for another one.

    They are lists of the same length, or objects with the same numbers as keys, as pandas writes them; or rows are
    objects with the same keys, under their numbers.
    """
    held = list(value.values())
    if len(held) < 2:
        return {}
    if all(isinstance(one, list) for one in held):
        equal = len({len(one) for one in held}) == 1 and len(lists_of_objects(value)) < len(held)
        return {name: list(one) for name, one in value.items()} if equal else {}
    if not all(isinstance(one, dict) for one in held) or len({frozenset(one) for one in held}) > 1:
        return {}
    if all(key.isdecimal() for key in held[0]):
        return {name: [one[key] for key in held[0]] for name, one in value.items()}
    if all(key.isdecimal() for key in value):
        return {name: [one[name] for one in held] for name in held[0]}
    return {}


class Document:
    """A document that comes in parts. Raises `BadJsonError` as soon as something in it is wrong."""

    def __init__(self, parts: Iterable[str]) -> None:
        self._parts = iter(parts)
        self._text, self._at = "", 0
        self._byte, self._line = 0, 1

    def items(self, key: str | None = None) -> Iterator[Item]:
        """The items of the list that the document is, or that it has under `key`; else the values one after another."""
        if key is not None:
            self._find(key)
        if self._next() != "[":
            while self._next():
                yield self._value()
            return
        self._pass("[")
        while self._next() != "]":
            yield self._value()
            if self._next() != "]":
                self._pass(",")
        self._pass("]")
        if key is None and (rest := self._next()):
            raise BadJsonError(self._line, f"{rest!r} after the end of the list")

    def _find(self, key: str) -> None:
        """Go to the value of a key."""
        self._pass("{")
        while True:
            name = self._value().value
            self._pass(":")
            if name == key:
                return
            self._value()
            self._pass(",")

    def _next(self) -> str:
        """The next character that is not white space; nothing at the end."""
        while True:
            rest = self._text[self._at : self._at + 4096]
            self._move(len(rest) - len(rest.lstrip(_SPACE)))
            if self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
            elif not self._more():
                return ""

    def _pass(self, mark: str) -> None:
        if (found := self._next()) != mark:
            raise BadJsonError(
                self._line, f"{mark!r} is wanted, and there is {found!r}" if found else "it ends too soon"
            )
        self._move(1)

    def _value(self) -> Item:
        """The next value, for which more is read until it is complete."""
        self._next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                _check_halves(self._text[self._at : end], value)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos + _NEAR_END >= len(self._text)
                if cut and self._more():
                    continue
                self._move(error.pos - self._at)
                raise BadJsonError(self._line, f"not JSON: {error.msg}") from None
            except HalfCharacterError as error:
                raise BadJsonError(self._line, str(error)) from None
            except (ValueError, RecursionError) as error:
                raise BadJsonError(self._line, f"not JSON: {error}") from None
            line, start = self._line, self._byte
            self._move(end - self._at)
            return Item(line, start, self._byte, value)

    def _move(self, characters: int) -> None:
        passed = self._text[self._at : self._at + characters]
        self._at += characters
        self._byte += len(passed.encode())
        self._line += passed.count("\n")

    def _more(self) -> bool:
        """Read on: as much as is there already, so that a large value is not begun again and again."""
        left = self._text[self._at :]
        size = max(1, len(left))
        for part in self._parts:
            left += part
            size -= len(part)
            if size <= 0:
                break
        grown = len(left) > len(self._text) - self._at
        self._text, self._at = left, 0
        return grown
