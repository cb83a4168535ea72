"""The files that a run is made from, by names that hold wherever they lie."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ftcli.config.schema import Data, Experiment
from ftcli.data import SOURCES
from ftcli.data.sources.parallel_text import both
from ftcli.data.table_folders import matched

# Keys of `data` that name where examples are.
_PLACES = ("source", "train", "val", "test", "root")


def data_base(data: Data) -> Path | None:
    """The folder in which all paths of `data` lie: its folder, or that of its tables. None where it names none."""
    found = [_folder(path) for path in _paths(data).values()]
    return Path(os.path.commonpath(found)) if found else None


def moved(data: Data, old: Path, new: Path) -> Data:
    """`data` with its paths in the folder `new`, where they were in `old`."""
    changed: dict[str, Any] = {}
    for key in (*_PLACES, "class_names"):
        value = getattr(data, key)
        if isinstance(value, str) and Path(value).is_relative_to(old):
            changed[key] = str(new / Path(value).relative_to(old))
    return replace(data, **changed)


def moved_weights(experiment: Experiment, weights: Path) -> Experiment:
    """The experiment with its pre-trained weights at another path: what its `model` names by a path, else `weights`."""
    model = experiment.model
    key = "backbone" if model.weights is None and Path(model.backbone).is_absolute() else "weights"
    changed: dict[str, Any] = {key: str(weights)}
    return replace(experiment, model=replace(model, **changed))


def named(paths: Iterable[Path], base: Path | None) -> dict[str, Path]:
    """Files by their paths below `base`, or by their whole ones where they lie elsewhere. What is gone is left in."""
    return {_name(path, base): path for path in paths}


def weights_named(paths: Iterable[Path]) -> dict[str, Path]:
    """Files of weights by their folder and name, which stay where they are copied to another place."""
    return {_written(f"{path.parent.name}/{path.name}"): path for path in paths}


def _name(path: Path, base: Path | None) -> str:
    path = path.absolute()
    inside = base is not None and path.is_relative_to(base)
    return _written(path.relative_to(base).as_posix() if inside and base is not None else str(path))


def _written(name: str) -> str:
    """As a text file has it: bytes of a name that are not UTF-8 as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def _paths(data: Data) -> Mapping[str, Path]:
    """The keys that are paths, and what they name."""
    found = {}
    for key, value in _values(data):
        if key == "source" and value in SOURCES:
            continue
        path = Path(value).expanduser()
        lines = both(value)
        if path.exists() or lines is not None or matched(value):
            found[key] = (lines[0] if lines is not None else path).absolute()
    return found


def _values(data: Data) -> Iterator[tuple[str, str]]:
    for key in _PLACES:
        value = getattr(data, key)
        # Beside a source, they are names of its splits.
        if isinstance(value, str) and (data.source is None or key in ("source", "root")):
            yield key, value


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent
