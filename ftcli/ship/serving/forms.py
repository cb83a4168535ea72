"""The parts of a form, multipart/form-data, that is in memory whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ftcli.ship.serving.refusals import wrong

MOST_PARTS = 2_000
# Bytes of the headers of a part.
MOST_HEADERS = 8_000


@dataclass(slots=True)
class FormPart:
    """One field: its name, the name of its file if it is one, and its bytes."""

    field: str
    name: str | None
    content: bytes


@dataclass(slots=True)
class _Reading:
    """What the callbacks of the parser have seen."""

    parts: list[FormPart] = field(default_factory=list)
    headers: dict[bytes, bytes] = field(default_factory=dict)
    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    content: bytearray = field(default_factory=bytearray)
    bytes_of_headers: int = 0
    ended: bool = False

    def begin(self) -> None:
        if len(self.parts) >= MOST_PARTS:
            raise wrong(f"the form has more than {MOST_PARTS:,} parts")
        self.headers, self.content, self.bytes_of_headers = {}, bytearray(), 0

    def add_header(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self.header += data[start:end]

    def add_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self.value += data[start:end]

    def _count(self, size: int) -> None:
        self.bytes_of_headers += size
        if self.bytes_of_headers > MOST_HEADERS:
            raise wrong("a part of the form has headers that are too long")

    def end_header(self) -> None:
        self.headers[bytes(self.header).lower()] = bytes(self.value)
        self.header, self.value = bytearray(), bytearray()

    def add_data(self, data: bytes, start: int, end: int) -> None:
        self.content += data[start:end]

    def end_part(self) -> None:
        _, options = parse_options_header(self.headers.get(b"content-disposition", b""))
        if b"name" not in options:
            raise wrong("a part of the form has no name")
        file = options.get(b"filename")
        self.parts.append(
            FormPart(_text(options[b"name"]), None if file is None else _text(file), bytes(self.content))
        )

    def end(self) -> None:
        self.ended = True


def form_parts(content_type: str, body: bytes) -> Sequence[FormPart]:
    """The parts of a form in order. Raises `Refusal` for one that is broken or cut off."""
    _, options = parse_options_header(content_type.encode("latin-1", "replace"))
    boundary = options.get(b"boundary")
    if not boundary:
        raise wrong("the content-type multipart/form-data has no boundary")
    reading = _Reading()
    callbacks = {
        "on_part_begin": reading.begin,
        "on_header_field": reading.add_header,
        "on_header_value": reading.add_value,
        "on_header_end": reading.end_header,
        "on_part_data": reading.add_data,
        "on_part_end": reading.end_part,
        "on_end": reading.end,
    }
    try:
        parser = MultipartParser(boundary, callbacks)
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise wrong("the form is broken: its parts are not those of its boundary") from None
    if not reading.ended:
        raise wrong("the form is cut off: its last boundary is missing")
    return reading.parts


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
