"""The images of a YOLO split, in folders or in lists, and the file of labels that each has."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.data.sources.folder import entries, media_files
from ftcli.data.yolo.settings import Found, Settings, text_lines
from ftcli.errors import DataError
from ftcli.media.formats import IMAGE_FILES

IMAGES, LABELS = ("images", "jpegimages"), ("labels", "Labels", "label", "annotations")
LIST = ".txt"
TEXTS = (LIST, ".json", ".xml", ".yaml", ".yml", ".data", ".names", ".labels")
OURS = {*TEXTS, ".cache", ".npy"}  # what tools leave beside images

Odd = Callable[[str, int, str], None]  # the words of a note, how many there are of it, and where


def _ignored(words: str, count: int, where: str) -> None:
    """For a look at the images that makes no notes."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The images of a split, at `places`: those in folders and below, and those that lists name."""

    settings: Settings
    places: tuple[Path, ...]

    @property
    def name(self) -> str:
        return ", ".join(map(str, self.places))

    @property
    def base(self) -> Path:
        """The folder that names are relative to."""
        if len(self.places) == 1 and self.places[0].is_dir():
            return self.places[0]
        return self.settings.root

    def names(self, odd: Odd = _ignored) -> Iterator[str]:
        """Each image once, relative to `base`. Raises `DataError` for a list that cannot be read."""
        seen: set[str] = set()
        for place in self.places:
            for name in self._inside(place, odd) if place.is_dir() else self._listed(place, odd):
                if name in seen:
                    odd("images that are named again, taken once", 1, name)
                    continue
                seen.add(name)
                yield name

    def _inside(self, folder: Path, odd: Odd) -> Iterator[str]:
        others: Counter[str] = Counter()
        prefix = self._relative(folder)
        yield from media_files(folder, "" if prefix == "." else prefix, IMAGE_FILES, others)
        for ending in sorted(set(others) - OURS):
            odd(f"files of the kind {ending}, which are not read as images", others[ending], str(folder))

    def _relative(self, path: Path) -> str:
        """As a name; what lies elsewhere is named from the root of the disk."""
        try:
            return path.relative_to(self.base).as_posix()
        except ValueError:
            return str(path.absolute())

    def _listed(self, file: Path, odd: Odd) -> Iterator[str]:
        """The images that a list names, one a line."""
        folders: dict[str, Found] = {}  # where those of each folder are
        for number, line in enumerate(text_lines(file), 1):
            if not line.strip():
                continue
            said = line.strip().replace("\\", "/")
            above, name = os.path.split(said)
            if above not in folders and (image := self.settings.find(said, file.parent)) is not None:
                folders[above] = Found(image.path.parent, image.elsewhere)
            found = folders.get(above) or self._folder(above, file)
            if found.elsewhere:
                odd(f"images of {above}, taken from {found.path}", 1, f"{file}:{number}")
            yield self._relative(found.path / name)

    def _folder(self, said: str, file: Path) -> Found:
        """The folder of an image that is nowhere: one that is there, or else as it is said."""
        folder = self.settings.find(said, file.parent) if said else None
        return folder or Found(file.parent / said)


def label_folders(images: Path) -> tuple[Path, ...]:
    """Where the labels of a folder of images may be: in its place below `labels`, or above that; beside the images.

    `labels` stands in the place of the last `images` of the path that has such a folder beside it.
    """
    for path in (images, images.absolute()):
        for place in reversed(range(len(path.parts))):
            if path.parts[place].lower() in IMAGES:
                above, below = Path(*path.parts[:place]), path.parts[place + 1 :]
                for word in LABELS:
                    if (above / word).is_dir():
                        inside = (
                            (above / word).joinpath(*below[:depth])
                            for depth in reversed(range(len(below) + 1))
                        )
                        return next(one for one in inside if one.is_dir()), images
    return (images,)


@dataclass(slots=True)
class LabelFiles:
    """Finds the file of labels of each image. Folders are read once."""

    _texts: dict[Path, dict[str, str]] = field(default_factory=dict)  # the files of a folder by their stems
    _near: dict[Path, tuple[Path, ...]] = field(default_factory=dict)  # by the folder of images
    _used: dict[Path, set[str]] = field(default_factory=dict)
    # Those of the images of a folder, in small letters.
    _stems: dict[Path, Counter[str]] = field(default_factory=dict)
    _folded: dict[Path, dict[str, str]] = field(default_factory=dict)  # texts by theirs, of those that differ

    def of(self, image: Path, odd: Odd = _ignored) -> Path | None:
        """The file of labels of an image, if there is one."""
        for folder in self.folders(image.parent):
            texts, used = self._in(folder), self._used.setdefault(folder, set())
            name = texts.get(image.stem) or texts.get(image.name)
            if name is None and (name := self._in_other_capitals(folder, image)) is not None:
                odd("images whose files of labels have other capitals in their names", 1, str(image))
            if name is not None:
                if name in used:
                    odd("images that share a file of labels with another image", 1, str(image))
                used.add(name)
                return folder / name
        return None

    def _in_other_capitals(self, folder: Path, image: Path) -> str | None:
        """The file that has the name of an image but for capitals, if only one has, and if no other image has it."""
        small, images = image.stem.casefold(), image.parent
        if images not in self._stems:
            names = entries(images)[1] if images.is_dir() else []
            self._stems[images] = Counter(
                Path(name).stem.casefold() for name in names if IMAGE_FILES.named(name)
            )
        if self._stems[images][small] != 1:
            return None
        texts = self._in(folder)
        if folder not in self._folded:
            counts = Counter(map(str.casefold, texts))
            self._folded[folder] = {
                stem.casefold(): name for stem, name in texts.items() if counts[stem.casefold()] == 1
            }
        return self._folded[folder].get(small)

    def folders(self, images: Path) -> tuple[Path, ...]:
        """Where labels of a folder of images are looked for."""
        if images not in self._near:
            self._near[images] = label_folders(images)
        return self._near[images]

    def looked_in(self) -> tuple[Path, ...]:
        """The folders in which labels were looked for."""
        return tuple(self._texts)

    def _in(self, folder: Path) -> dict[str, str]:
        if folder not in self._texts:
            names = entries(folder)[1] if folder.is_dir() else []
            self._texts[folder] = {Path(name).stem: name for name in names if name.lower().endswith(LIST)}
        return self._texts[folder]

    def spare(self) -> Iterator[Path]:
        """Files of labels that belong to no image that was asked for, in folders that have those of one folder only."""
        own = {one for images, near in self._near.items() for one in near if _depth(one) == _depth(images)}
        for folder, texts in self._texts.items():
            if folder not in own:
                continue
            for name in sorted(set(texts.values()) - self._used.get(folder, set())):
                if _has_labels(folder / name):
                    yield folder / name


def _depth(folder: Path) -> int:
    return len(folder.absolute().parts)


def _has_labels(file: Path) -> bool:
    """Whether the first line is one of labels: a spare text may be anything."""
    try:
        words = next((line.split() for line in text_lines(file) if line.strip()), [])
        return len(words) >= 5 and all(float(word) >= -1 for word in words)
    except (DataError, ValueError):
        return False
