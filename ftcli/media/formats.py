"""The kinds of files that examples are made of, and how each is recognised, checked and decoded."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.errors import DataError
from ftcli.media import audio, integrity
from ftcli.registry import part
from ftcli.system.read_files import note_read

IMAGES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")

Item = str | os.PathLike[str] | bytes


@dataclass(frozen=True, slots=True)
class Media:
    """One kind of file. `decode` raises `DataError` for a broken one; `looks_complete` is a cheap check before it."""

    noun: str
    endings: tuple[str, ...]
    looks_complete: Callable[[Item], bool]
    decode: Callable[[Item], Any]

    def named(self, name: str) -> bool:
        """Whether a file's ending is one of a format that can be decoded."""
        return name.lower().endswith(self.endings)


def _decode_image(item: Item) -> Any:
    from ftcli.media.pictures import picture  # imports Pillow, which texts do without

    return picture(item if isinstance(item, bytes) else Path(item))


def _decode_sound(item: Item) -> Any:
    return audio.read_sound(item, rate=16_000)


def read_text(item: Item) -> str:
    """The text of a file, or of its bytes. Raises `DataError` for one that is not UTF-8."""
    if not isinstance(item, bytes):
        note_read(Path(item))
    try:
        return (item if isinstance(item, bytes) else Path(item).read_bytes()).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        name = "a text" if isinstance(item, bytes) else os.fspath(item)
        raise DataError(f"{name} cannot be read as UTF-8 text: {error}") from None


def _is_text(item: Item) -> bool:
    try:
        read_text(item)
    except DataError:
        return False
    return True


IMAGE_FILES = Media("image", IMAGES, integrity.looks_complete, _decode_image)
SOUND_FILES = Media("sound", audio.ENDINGS, audio.looks_complete, _decode_sound)
# Each is one text.
TEXT_FILES = Media("text", (".txt", ".md"), _is_text, read_text)


def media_of(modality: Modality) -> Media:
    """The files of a modality, as its row says; of texts, those that hold one each."""
    if modality.media is None:
        return TEXT_FILES
    found: Media = part(modality.media)
    return found
