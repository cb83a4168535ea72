"""Whether an image file is complete, by its two ends.

Reading both ends takes some 10 µs, about a hundredth of decoding the image, so that all files are checked before
a model is loaded; only a file that fails is decoded.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from typing import Any

from ftcli.media.file_content import regular

_JPEG, _PNG, _GIF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"
# Formats that have no mark at their end, but say how long they are.
_BMP, _TIFF = b"BM", (b"II*\0", b"MM\0*")
_PPM = re.compile(rb"(P[456])\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)(?:\s+(\d+))?\s")
_HEAD = 64  # bytes that are read first


def looks_complete(image: str | os.PathLike[str] | bytes) -> bool:
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
    except Exception:  # what Pillow cannot read is decoded, which reports the error
        return False
    ends = [
        a + b
        for starts, lengths in parts
        if starts and lengths
        for a, b in zip(starts, lengths, strict=False)
    ]
    return bool(ends) and max(ends) <= size
