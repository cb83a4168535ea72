"""Whether images and sounds are whole: a look at each file, and a full decoding of only what looks odd.

A look at both ends of an image takes some 10 µs, about the hundredth part of a decoding, so all files are looked at
before a model is loaded.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import DataError
from ftcli.media.file_content import regular

if TYPE_CHECKING:
    from ftcli.media.formats import Media

SHOWN = 50  # how many broken files a message names; beyond that, a file has them all
FEW = 5  # where not one file is whole, what is wrong is something else

_JPEG, _PNG, _GIF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"
# Formats that have no mark at their end, but say how long they are.
_BMP, _TIFF = b"BM", (b"II*\0", b"MM\0*")
_PPM = re.compile(rb"(P[456])\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)(?:\s+(\d+))?\s")
_HEAD = 64  # bytes that are looked at first


class Broken:
    """Collects all files that cannot be decoded. `where` completes "1 of the 9 images ..." in a message."""

    def __init__(self, where: str, media: Media) -> None:
        self._where, self._media = where, media
        self._files = 0
        self.found: dict[int, str] = {}  # row to what is wrong with it
        self.hint = ""  # what may be wrong with all of them

    def __len__(self) -> int:
        return len(self.found)

    def look(self, file: str | os.PathLike[str] | bytes, place: str = "") -> bool:
        """Whether the file of the next row, or its bytes, is whole; `place` says where the data names it."""
        self._files += 1
        if self._media.looks_whole(file):
            return True
        try:
            _check_kind(file)
            self._media.decode(file)
        except DataError as error:
            self.found[self._files - 1] = f"{place}: {error}" if place else str(error)
        return self._files - 1 not in self.found

    def missing(self, problem: str) -> None:
        """The next row has no file."""
        self._files += 1
        self.found[self._files - 1] = problem

    def also(self, row: int, problem: str) -> None:
        """Something else of a row that was looked at is broken, such as its mask."""
        self.found.setdefault(row, problem)

    def rows(self) -> NDArray[np.int64]:
        """The rows that cannot be used."""
        return np.fromiter(self.found, np.int64, len(self.found))

    def words(self) -> str:
        """Such as "3 of the 200 images in photos"."""
        return f"{len(self):,} of the {self._files:,} {self._media.noun}s {self._where}"

    def usable(self) -> bool:
        """Whether anything is left without them."""
        return len(self) < self._files

    def problem(self) -> str:
        """What an error says of them."""
        lines = list(self.found.values())
        if len(lines) == 1:
            return f"{self.words()} cannot be used: {lines[0]}{self.hint}"
        most = SHOWN if self.usable() else FEW
        shown = [f"  {line}" for line in lines[:most]]
        if len(lines) > most:
            where = f"; all of them are in {_written(lines)}" if self.usable() else ""
            shown.append(f"  and {len(lines) - most:,} more{where}")
        return "\n".join([f"{self.words()} cannot be used{self.hint}:", *shown])

    def check(self) -> None:
        """Raise `DataError` if any file was broken."""
        check_all([self])


def check_all(broken: Sequence[Broken], hint: str = "") -> None:
    """Raise one `DataError` for the broken files of all splits. `hint` is another way than replacing them."""
    if problems := [one.problem() for one in broken if len(one)]:
        ending = ("\n" if "\n" in problems[-1] else ". ") + f"Replace or remove them{hint}"
        raise DataError("\n".join(problems) + ending)


def _check_kind(file: str | os.PathLike[str] | bytes) -> None:
    """Raise `DataError` for what is called like a file and is none."""
    if isinstance(file, bytes):
        return
    if os.path.islink(file) and not os.path.exists(file):
        raise DataError(f"{os.fspath(file)} is a link that leads to no file")
    if os.path.isdir(file):
        raise DataError(f"{os.fspath(file)} is a folder")


def _written(lines: Sequence[str]) -> str:
    """A file for a list that no screen holds: nothing may be written beside the data or in a run."""
    descriptor, path = tempfile.mkstemp(prefix="ftcli-bad-files-", suffix=".txt")
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def looks_whole(image: str | os.PathLike[str] | bytes) -> bool:
    """Whether an image file, or its bytes, begins like an image and ends as that format does."""
    if isinstance(image, bytes):
        head = image[:_HEAD]
        return _tiff_ends_well(image) if head.startswith(_TIFF) else _ends_well(head, image[-12:], len(image))
    try:
        with open(image, "rb", buffering=0, opener=regular) as file:
            head = file.read(_HEAD)
            if head.startswith(_TIFF):
                return _tiff_ends_well(image)
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
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return size >= 8 + int.from_bytes(head[4:8], "little")
    if head.startswith(_BMP):
        return size >= int.from_bytes(head[2:6], "little") > 0
    return (ppm := _PPM.match(head)) is not None and size >= _ppm_size(ppm)


def _ppm_size(found: re.Match[bytes]) -> int:
    """Bytes of a PBM, PGM or PPM file: its head and its pixels."""
    kind, width, height = found[1], int(found[2]), int(found[3])
    if kind == b"P4":  # which has no largest value: what looks like one is a part of its pixels
        return found.end(3) + 1 + (width + 7) // 8 * height
    channels = 3 if kind == b"P6" else 1
    return found.end() + width * height * channels * (2 if int(found[4] or 0) > 255 else 1)


def _tiff_ends_well(image: str | os.PathLike[str] | bytes) -> bool:
    """Whether all strips or tiles of the first page lie within the file."""
    from PIL import Image

    size = len(image) if isinstance(image, bytes) else os.stat(image).st_size
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata
            with Image.open(
                io.BytesIO(image) if isinstance(image, bytes) else image, formats=("TIFF",)
            ) as page:
                tags: Any = page.tag_v2  # type: ignore[attr-defined]
                parts = [(tags.get(start), tags.get(length)) for start, length in ((273, 279), (324, 325))]
    except Exception:  # whatever Pillow finds odd is decoded, and told by that
        return False
    ends = [
        a + b
        for starts, lengths in parts
        if starts and lengths
        for a, b in zip(starts, lengths, strict=False)
    ]
    return bool(ends) and max(ends) <= size
