"""The few forms of Markdown that the generated pages use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def prose(text: str) -> str:
    """A text as it stands: what Markdown or HTML would take for markup is escaped."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]#" else escape(one, quote=False) for one in text)


def code(value: object) -> str:
    """A value as code."""
    return f"`{value}`"


def anchor(name: str) -> str:
    """An invisible place that `#name` leads to; dots become hyphens."""
    return f'<a id="{name.replace(".", "-")}"></a>'
