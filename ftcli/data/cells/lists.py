"""Lists that are written as texts, as pandas writes them to a CSV: ['a', 'b'], ["a", "b"], and NumPy's ['a' 'b']."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from ftcli.data.cells.scalars import label_text

# A text in quotes, which NumPy 2 puts into np.str_(...), or a number; then what comes before the next.
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ITEM = rf"np\.str_\((?P<wrapped>{_QUOTED})\)|(?P<quoted>{_QUOTED})|(?P<number>[-+]?\d+(?:\.\d*)?)"
_NEXT = re.compile(rf"\s*(?:{_ITEM})(?:\s*,\s*|\s+|\s*$)", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}
_BRACKETS = {"[": "]", "(": ")", "{": "}"}


def listed(text: str) -> tuple[str, ...] | None:
    """The items of a list, a tuple or a set in the form of Python, JSON or NumPy; None for any other text.

    Nothing is run. Numbers are items of lists only, as (1) is no tuple.
    """
    text = text.strip()
    if len(text) < 2 or _BRACKETS.get(text[0]) != text[-1] or text == "{}":
        return None
    inner, at, found = text[1:-1].strip(), 0, []
    while at < len(inner):
        match = _NEXT.match(inner, at)
        if match is None or (match["number"] and text[0] != "["):
            return None
        quoted = match["wrapped"] or match["quoted"]
        item = label_text(float(match["number"])) if quoted is None else _unquoted(quoted)
        if item is None:
            return None
        found.append(item)
        at = match.end()
    return tuple(found)


def words_of(cell: object) -> Sequence[object] | None:
    """The list in a cell, which may be written as text; None for any other cell."""
    if isinstance(cell, list | tuple):
        return cell
    return listed(cell) if isinstance(cell, str) else None


def parted(text: str) -> tuple[str, ...]:
    """The words of a text: its list, or what white space parts."""
    found = listed(text)
    return tuple(text.split()) if found is None else found


def all_listed(texts: Iterable[str]) -> dict[str, tuple[str, ...]] | None:
    """The items of each text, if every one that is not empty is a list; None otherwise, and where all are empty."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        if text.strip():
            if (items := listed(text)) is None:
                return None
            found[text] = items
    return found or None


def _unquoted(literal: str) -> str | None:
    """The text of a literal; None for escapes that are neither of Python nor of JSON."""
    try:
        if literal.startswith('"'):
            text: str = json.loads(literal, strict=False)
        else:
            text = _ESCAPE.sub(lambda found: _character(found[1]), literal[1:-1])
        text.encode()
    except ValueError:
        return _unquoted(f"'{literal[1:-1]}'") if literal.startswith('"') else None
    return text


def _character(escape: str) -> str:
    """What stands behind a backslash. Raises `ValueError` for what stands for nothing."""
    if escape[0] in "xuU" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    if escape not in _ESCAPED:
        raise ValueError(escape)
    return _ESCAPED[escape]
