"""Whether images and sounds are whole: a look at each file, and a full decoding of only what looks odd.

A look at both ends of an image takes some 10 µs, about the hundredth part of a decoding, so all files are looked at
before a model is loaded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ftcli.data.file_content import regular
from ftcli.errors import DataError

if TYPE_CHECKING:
    from ftcli.data.media import Media

SHOWN = 5  # how many broken files a message names

_JPEG, _PNG, _GIF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"
_WITHOUT_END = (b"BM", b"II*\0", b"MM\0*", b"P4", b"P5", b"P6")  # BMP, TIFF and PPM have no mark at their end


class Broken:
    """Collects the files that cannot be decoded. `where` completes "1 of the 9 images ..." in the message."""

    def __init__(self, where: str, media: Media) -> None:
        self._where, self._media = where, media
        self._files = self._count = 0
        self._examples: list[str] = []

    def look(self, file: str | os.PathLike[str] | bytes, place: str = "") -> None:
        """Look at one file, or its bytes; `place` says where the data names it."""
        self._files += 1
        if self._media.looks_whole(file):
            return
        try:
            self._media.decode(file)
        except DataError as error:
            self._count += 1
            if self._count <= SHOWN:
                self._examples.append(f"{place}: {error}" if place else str(error))

    def check(self) -> None:
        """Raise `DataError`, naming the first few, if any file was broken."""
        if self._count:
            more = "; ..." if self._count > SHOWN else ""
            raise DataError(
                f"{self._count:,} of the {self._files:,} {self._media.noun}s {self._where} cannot be used: "
                f"{'; '.join(self._examples)}{more}. Replace or remove them"
            )


def looks_whole(image: str | os.PathLike[str] | bytes) -> bool:
    """Whether an image file, or its bytes, begins like an image and ends as that format does."""
    if isinstance(image, bytes):
        return _ends_well(image[:12], image[-12:], len(image))
    try:
        with open(image, "rb", buffering=0, opener=regular) as file:
            head = file.read(12)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 12))
            return _ends_well(head, file.read(12), size)
    except OSError:
        return False


def _ends_well(head: bytes, tail: bytes, size: int) -> bool:
    if head.startswith(_JPEG):
        return tail.endswith(b"\xff\xd9")
    if head.startswith(_PNG):
        return tail[4:8] == b"IEND"
    if head.startswith(_GIF):
        return tail.endswith(b";")
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return size >= 8 + int.from_bytes(head[4:8], "little")
    return head.startswith(_WITHOUT_END)
