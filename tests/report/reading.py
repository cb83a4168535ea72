"""A page as a program reads it: its elements, each closed, its numbers and its texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"meta", "img", "br"}


@dataclass
class Element:
    """An element with its attributes and the text within it."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    inside: tuple[str, ...] = ()  # the tags around it


@dataclass
class Parsed(HTMLParser):
    """All elements of a page. `faults` are tags that are not closed, or closed twice."""

    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    # Texts that are neither numbers of the page, nor in a drawing, a style or a script.
    prose: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []

    def __hash__(self) -> int:
        return id(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Element(tag, dict(attrs), inside=tuple(one.tag for one in self._open))
        self.elements.append(found)
        if tag not in EMPTY:
            self._open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), inside=tuple(one.tag for one in self._open)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.faults.append(tag)
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for one in self._open:
            one.text += data
        if not {one.tag for one in self._open} & {"data", "svg", "style", "script", "pre", "title"}:
            self.prose.append(data)

    def all(self, tag: str) -> list[Element]:
        """All elements of a name."""
        return [one for one in self.elements if one.tag == tag]


def parsed(page: str) -> Parsed:
    """A page that was read to its end."""
    reader = Parsed()
    reader.feed(page)
    reader.close()
    reader.faults += [one.tag for one in reader._open]
    return reader


def text_of(page: str) -> str:
    """The words of a page, with single spaces."""
    body = next(one for one in parsed(f"<body>{page}</body>").elements if one.tag == "body")
    return " ".join(body.text.split())
