"""Whether images are whole: a look at both ends of each file, and a full decoding of only what looks odd.

A look takes some 10 µs, about the hundredth part of a decoding, so all images are looked at before a model is loaded.
"""

from __future__ import annotations

import os
from pathlib import Path

from ftcli.errors import DataError

SHOWN = 5  # how many broken images a message names

_JPEG, _PNG, _GIF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"
_WITHOUT_END = (b"BM", b"II*\0", b"MM\0*", b"P4", b"P5", b"P6")  # BMP, TIFF and PPM have no mark at their end


class Broken:
    """Collects the images that cannot be decoded. `where` completes "1 of the 9 images ..." in the message."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._images = self._count = 0
        self._examples: list[str] = []

    def look(self, image: str | os.PathLike[str] | bytes, place: str = "") -> None:
        """Look at one image, a file or its bytes; `place` says where the data names it."""
        self._images += 1
        if looks_whole(image):
            return
        from ftcli.data.transforms import decode  # imports torch, for the few that look odd

        try:
            decode(image if isinstance(image, bytes) else Path(image))
        except DataError as error:
            self._count += 1
            if self._count <= SHOWN:
                self._examples.append(f"{place}: {error}" if place else str(error))

    def check(self) -> None:
        """Raise `DataError`, naming the first few, if any image was broken."""
        if self._count:
            more = "; ..." if self._count > SHOWN else ""
            raise DataError(
                f"{self._count:,} of the {self._images:,} images {self._where} cannot be used: "
                f"{'; '.join(self._examples)}{more}. Replace or remove them"
            )


def looks_whole(image: str | os.PathLike[str] | bytes) -> bool:
    """Whether a file, or its bytes, begins like an image and ends as that format does."""
    if isinstance(image, bytes):
        return _ends_well(image[:12], image[-12:], len(image))
    try:
        with open(image, "rb", buffering=0) as file:
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
