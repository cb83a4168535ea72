"""The settings of a YOLO data set: a data.yaml, or the .data file of Darknet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.config.reader import read_tree
from ftcli.config.tree import Node, plain
from ftcli.data.sources.folder import SPLITS, entries
from ftcli.errors import ConfigError, DataError
from ftcli.system.paths import check_readable
from ftcli.system.read_files import note_read

YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml")
YAML, DARKNET = (".yaml", ".yml"), ".data"
CVAT = "data"  # begins every path of its archives, and none of their folders is called so
LARGEST = 100_000_000  # bytes of a text file: a list of a million images fits
POINT_SIZES = (2, 3)  # x, y, and whether it is visible


@dataclass(frozen=True, slots=True)
class KeyPoints:
    """What follows the box in a line: `count` key points of `size` numbers each."""

    count: int
    size: int

    @property
    def numbers(self) -> int:
        """Numbers of a line after its class."""
        return 4 + self.count * self.size


NO_POINTS = KeyPoints(0, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """What a path of the settings means; `elsewhere` where that path names other folders, so that a note is due."""

    path: Path
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What is said of a data set in the folder `root`; `file` says it, if there is one.

    `splits` has the folders and lists of images by role, `path` the folder that they are written from. `names` are
    those of the classes, or in `names_file`. `points` is None where nothing is said of key points.
    """

    root: Path
    file: Path | None = None
    path: str = ""
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: tuple[str, ...] | None = None
    names_file: str | None = None
    classes: int | None = None
    points: KeyPoints | None = None

    def find(self, said: str, beside: Path | None = None) -> Found | None:
        """The file or folder that is said: from the folder `beside`, from `path` or from `root`.

        What is nowhere there may be named from the current folder; or on another machine: then that below `root` which
        has most of the path's end is taken.
        """
        if (near := next(filter(os.path.exists, self.places(said, beside)), None)) is not None:
            return Found(near)
        parts = [part for part in f"{self.path}/{said}".replace("\\", "/").split("/") if part.strip(".")]
        ends = (first for first in range(len(parts)) if os.path.exists(self.root.joinpath(*parts[first:])))
        first = next(ends, None)
        own = {self.root.absolute().name, CVAT}
        inside = None if first is None else self.root.joinpath(*parts[first:])
        if inside is not None and own.issuperset(parts[:first]):
            return Found(inside)
        here = Path(said) if os.path.exists(said) else inside
        return None if here is None else Found(here, elsewhere=True)

    def places(self, said: str, beside: Path | None = None) -> Iterator[Path]:
        """Where a path is looked for as it is said."""
        for text in dict.fromkeys((said, said.replace("\\", "/"))):
            near = os.path.expanduser(text)
            if beside is not None:
                yield beside / near
            yield self.root / os.path.expanduser(self.path) / near
            yield self.root / near


def find_settings(path: Path) -> Settings | None:
    """The settings at a path: a file of settings, or a folder, which may have one; None for another file.

    Raises `DataError` for settings that are broken.
    """
    if path.is_dir():
        return _read(named) if (named := _named(path)) is not None else _only(path) or Settings(path)
    return _read(path) if path.suffix.lower() in (*YAML, DARKNET) else None


def _named(folder: Path) -> Path | None:
    return next((folder / name for name in YAML_NAMES if (folder / name).is_file()), None)


def _only(folder: Path) -> Settings | None:
    """The settings in a file of any other name, if it is the only one that names a training split."""
    found = []
    for name in entries(folder)[1]:
        if Path(name).suffix.lower() in (*YAML, DARKNET):
            try:
                found.append(_read(folder / name))
            except DataError:  # anything may be called so
                continue
    found = [one for one in found if "train" in one.splits and (one.names or one.names_file)]
    return found[0] if len(found) == 1 else None


def _read(file: Path) -> Settings:
    return _darknet(file) if file.suffix.lower() == DARKNET else _yaml(file)


def _yaml(file: Path) -> Settings:
    """A data.yaml comes with the data, so it is read as a configuration is: no tags, no aliases, limits."""
    note_read(file)
    try:
        tree, mistakes = read_tree(file)
        if mistakes:
            raise ConfigError(mistakes)
    except ConfigError as error:
        raise DataError(str(error)) from None
    said: dict[str, Node] = tree.value if isinstance(tree.value, dict) else {}
    values = {key: plain(node) for key, node in said.items()}
    names = said.get("names")
    in_file = isinstance(values.get("names"), str)
    return Settings(
        file.parent,
        file,
        path=str(values.get("path") or ""),
        splits={
            role: value for role, key in _roles(values).items() if (value := _paths(file, key, values[key]))
        },
        names=None if names is None or in_file else _class_names(file, names),
        names_file=values["names"] if in_file else None,
        classes=values["nc"] if isinstance(values.get("nc"), int) else None,
        points=_points(file, values["kpt_shape"]) if values.get("kpt_shape") is not None else None,
    )


def _roles(keys: Mapping[str, object]) -> dict[str, str]:
    """`{"val": "valid"}`: which key is which split."""
    known = {key.lower(): key for key in keys}
    found = (
        (role, next((known[word] for word in words if word in known), None)) for role, words in SPLITS.items()
    )
    return {role: key for role, key in found if key is not None}


def _paths(file: Path, key: str, value: object) -> tuple[str, ...]:
    """A path, or several; nothing where the key has no value."""
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    if not all(isinstance(one, str) for one in values):
        raise DataError(f"{file}: {key}: a path of images, or a list of paths, is wanted")
    return tuple(str(one) for one in values)


def _class_names(file: Path, names: Node) -> tuple[str, ...]:
    """As they are written: `no`, `1.50` and `null` are names, too."""
    nodes = names.value
    if isinstance(nodes, dict) and set(nodes) == set(map(str, range(len(nodes)))):
        nodes = [nodes[str(number)] for number in range(len(nodes))]
    if not isinstance(nodes, list):
        raise DataError(f"{file}: names: a list, or a mapping from 0, 1, ..., is wanted")
    return tuple(str(node.value) if node.text is None else node.text for node in nodes)


def _points(file: Path, value: object) -> KeyPoints:
    """Raises `DataError` for what is not the shape of key points."""
    if value is False or value == (0, 0):
        return NO_POINTS
    match value:
        case (int(count), int(size)) if count > 0 and size in POINT_SIZES:
            return KeyPoints(count, size)
    raise DataError(f"{file}: kpt_shape: [number of key points, 2 or 3] is wanted, or [0, 0] for none")


def _darknet(file: Path) -> Settings:
    """Lines such as `train = data/train.txt`."""
    pairs = (line.split("#")[0].partition("=") for line in text_lines(file))
    said = {key.strip(): value.strip() for key, mark, value in pairs if mark and value.strip()}
    classes = said.get("classes", "")
    return Settings(
        file.parent,
        file,
        splits={role: (said[key],) for role, key in _roles(said).items()},
        names_file=said.get("names"),
        classes=int(classes) if classes.isdecimal() else None,
    )


def text_lines(file: Path) -> list[str]:
    """The lines of a text file. Raises `DataError` for one that cannot be read."""
    check_readable(file)
    note_read(file)
    try:
        if file.stat().st_size > LARGEST:
            raise DataError(f"{file} has more than {LARGEST // 1_000_000} MB: this is not a file of YOLO")
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}") from None
