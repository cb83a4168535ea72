"""Markdown that is escaped by construction: a plain text becomes markup only through the functions here.

Escapes are entities of HTML, as no dialect takes these for markup, in a table neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ftcli.report.checked import Number
from ftcli.report.markup import rounded, visible

# Besides these: an underscore that is not within a word, and what begins a list or makes a link.
_MARKS = {ord(mark): f"&#{ord(mark)};" for mark in "\\`*[]|~$"} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
}
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINK = re.compile(r"(?P<mark>:)(?=//)|(?P<dot>(?<=\bwww)\.)|(?P<at>@)", re.IGNORECASE)
_LIST = re.compile(r"^(?:[-+](?=[\s-]|$)|[#=:]|\d+[.)](?=\s|$))")
_PLAIN = re.compile(r"[\w.:/@=,+()%-]+(?: [\w.:/@=,+()%-]+)*")


class Markdown(str):
    """Markup that is ready."""

    __slots__ = ()


def text(value: str) -> Markdown:
    """A text on one line, escaped."""
    if isinstance(value, Markdown):
        return value
    escaped = visible(value).replace("\n", " ").replace("\t", " ").translate(_MARKS)
    escaped = _UNDERSCORE.sub("&#95;", escaped)
    return Markdown(_LINK.sub(lambda found: f"&#{ord(found[0])};", escaped))


def name(value: str, most: int = 60) -> Markdown:
    """A name from data, on one line, that may begin it; a long one is cut."""
    value = " ".join(value.split()) or "(empty)"
    shown = text(value if len(value) <= most else f"{value[: most - 1]}…")
    return Markdown(_LIST.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", shown))


def literal(value: str, most: int = 120) -> Markdown:
    """A key, a path or a value as code; as a text where it holds marks that could end the code."""
    if len(value) <= most and visible(value) == value and _PLAIN.fullmatch(value):
        return Markdown(f"`{value}`")
    return name(value, most)


def joined(*content: str | None) -> Markdown:
    """All of it, escaped where it is not markup."""
    return Markdown("".join(text(one) for one in content if one is not None))


def number(value: Number | None) -> Markdown:
    """A number as the report shows it; a dash for none."""
    return Markdown("–" if value is None else rounded(value))


def strong(content: str) -> Markdown:
    """Emphasised."""
    return joined(Markdown("**"), content, Markdown("**"))


def heading(content: str, level: int = 2) -> Markdown:
    """A heading."""
    return joined(Markdown("#" * level + " "), content)


def bullets(items: Iterable[str]) -> Markdown:
    """A list."""
    return Markdown("\n".join(joined(Markdown("- "), one) for one in items))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = False) -> Markdown:
    """A table, or nothing without rows. With `numbers` all columns but the first are aligned to the right."""
    if not rows:
        return Markdown()
    ruler = ["---", *("---:" if numbers else "---" for _ in heads[1:])]
    lines = [heads, *rows]
    shown = [f"| {' | '.join(text(cell) for cell in line)} |" for line in lines]
    return Markdown("\n".join([shown[0], f"| {' | '.join(ruler)} |", *shown[1:]]))


def fenced(content: str, language: str = "") -> Markdown:
    """A block of code; its fence is longer than any within."""
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    shown = commentless(visible(content)).rstrip("\n")
    return Markdown(f"{fence}{language}\n{shown}\n{fence}")


def commentless(content: str) -> str:
    """A text that begins no comment of HTML: `answers.py` finds its places by these."""
    return content.replace("<!--", "<! --")


def details(summary: str, content: Markdown) -> Markdown:
    """What is shown when it is opened."""
    return Markdown(f"<details>\n<summary>{text(summary)}</summary>\n\n{content}\n\n</details>")


def blocks(*content: str | None) -> Markdown:
    """One below the other; what is empty is left out."""
    return Markdown("\n\n".join(text(one) for one in content if one))
