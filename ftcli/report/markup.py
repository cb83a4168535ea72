"""HTML and SVG that are escaped by construction: a plain text becomes markup only through `text` or `element`."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable
from typing import TypeAlias

from ftcli.report.checked import Number

_EMPTY = frozenset({"meta", "img", "br", "line", "rect", "circle", "path", "polyline"})
# Characters that order text from right to left, or end such an order: one could make a sentence read as another.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Html(str):
    """Markup that is ready."""

    __slots__ = ()


Content: TypeAlias = "str | Iterable[Content] | None"


def visible(value: str) -> str:
    """The text with escapes for what steers a terminal, a browser or the direction of writing."""
    if value.isascii() and value.isprintable():
        return value
    return "".join(char if _is_plain(char) else char.encode("unicode_escape").decode() for char in value)


def _is_plain(char: str) -> bool:
    return char in "\n\t" or not (char in _BIDI or unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co"))


def text(value: str) -> Html:
    """A text, escaped."""
    return value if isinstance(value, Html) else Html(html.escape(visible(value)))


def joined(*content: Content) -> Html:
    """All of it, escaped where it is not markup."""
    return Html("".join(_parts(content)))


def _parts(content: Content) -> Iterable[str]:
    if content is None:
        return
    if isinstance(content, str):
        yield text(content)
        return
    for one in content:
        yield from _parts(one)


def element(tag: str, /, *content: Content, **attributes: str | Number | bool | None) -> Html:
    """An element. `class_` is its class, `aria_label` its aria-label; one that is None or false is left out."""
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _EMPTY and not content:
        return Html(f"<{tag}{given}>" if tag in ("meta", "img", "br") else f"<{tag}{given}/>")
    return Html(f"<{tag}{given}>{joined(content)}</{tag}>")


def rounded(value: Number) -> str:
    """A number as it is shown: whole ones in groups of three digits, others to about four digits."""
    if isinstance(value, int):
        return f"{value:,}"
    # Not "-0.0000".
    value += 0.0
    if value != 0 and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:,.{max(0, 5 - max(1, len(str(int(abs(value))))))}f}"


def figure(value: Number | None) -> Html:
    """A number that a file holds: exact for programs, rounded for people. A dash for none."""
    if value is None:
        return element("span", "–", class_="none")
    return element("data", rounded(value), value=repr(value))


def probability(value: Number) -> Html:
    """A probability, to two digits."""
    return element("data", f"{value:.2f}", value=repr(value))


def duration(seconds: Number) -> Html:
    """Seconds in words: `5 min 43 s`."""
    return element("data", in_words(seconds), value=repr(seconds))


def in_words(seconds: Number) -> str:
    """The same as a text."""
    whole = round(seconds)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def name(value: str, most: int = 60) -> Html:
    """A name from data, apart from the direction of the text around it; a long one is cut, and whole as a tooltip."""
    if len(value) <= most:
        return element("bdi", value)
    return element("bdi", f"{value[: most - 1]}…", title=value)


def swatch(series: int) -> Html:
    """The colour of a run in the charts."""
    return element("i", class_=f"swatch c{series}", aria_hidden="true")
