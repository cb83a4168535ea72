"""Tables of classes beside masks: a name for each colour, or for each value, as annotation tools write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.errors import DataError
from ftcli.system.read_files import note_read

# Of CVAT, CamVid and its copies, Supervisely, Roboflow.
FILES = (
    *("labelmap.txt", "label_map.txt", "class_dict.csv", "class_dict_seg.csv", "label_colors.txt"),
    *("colormap.txt", "colormap.csv", "color_map.csv", "classes.csv", "_classes.csv"),
)
LARGEST = 1_000_000  # bytes
_NUMBER = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class ClassTable:
    """Names by colour, 0xRRGGBB, or by value; one of both is empty."""

    path: Path | None = None
    colours: Mapping[int, str] = field(default_factory=dict)
    values: Mapping[int, str] = field(default_factory=dict)


def class_table(*folders: Path) -> ClassTable:
    """The first table in one of the folders; an empty one where there is none. Raises `DataError` for a broken one."""
    for path in (folder / name for folder in folders for name in FILES):
        if path.is_file():
            found = _read(path)
            if found.colours or found.values:
                return found
    return ClassTable()


def _read(path: Path) -> ClassTable:
    note_read(path)
    try:
        if path.stat().st_size > LARGEST:
            return ClassTable()
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as a table of classes: {error}") from None
    rows = list(_rows(lines))
    values = {numbers[0]: name for numbers, name in rows if len(numbers) == 1}
    colours: dict[int, str] = {}
    for numbers, name in rows:
        if len(numbers) == 3 and colours.setdefault(_packed(numbers), name) != name:
            raise DataError(f"{path}: {colours[_packed(numbers)]!r} and {name!r} have the same colour")
    if not colours and len(values) < len(rows):
        return ClassTable()  # a table of something else
    return ClassTable(path, colours) if colours else ClassTable(path, values=values)


def _packed(numbers: tuple[int, ...]) -> int:
    red, green, blue = numbers
    return red << 16 | green << 8 | blue


def _rows(lines: list[str]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Numbers and the name of each class, in lines such as `cat:128,0,0::`, `128 0 0  cat` or `1, cat`."""
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in re.split(r"[,:;\t]", line) if cell.strip()]
        if not any(map(_NUMBER.fullmatch, cells)):
            words = line.split()
            count = next((at for at, word in enumerate(words) if not _NUMBER.fullmatch(word)), len(words))
            cells = [*words[:count], " ".join(words[count:])]
        if (row := _row(cells)) is not None:
            yield row


def _row(cells: list[str]) -> tuple[tuple[int, ...], str] | None:
    """Three numbers up to 255, or one, after or before a name; None for anything else."""
    for start, count, name in ((1, 3, 0), (0, 3, 3), (0, 1, 1), (1, 1, 0)):
        found = cells[start : start + count]
        if name >= len(cells) or len(found) < count or not all(map(_NUMBER.fullmatch, found)):
            continue
        numbers = tuple(map(int, found))
        if count == 1 or max(numbers) <= 255:
            return numbers, cells[name]
    return None
