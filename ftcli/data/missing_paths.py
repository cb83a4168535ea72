"""Paths of a configuration that do not exist, so that they are reported together with its other mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ftcli.config.schema import Data
from ftcli.data import SOURCES
from ftcli.data.conditions import condition
from ftcli.data.locate import is_path, no_such_split
from ftcli.data.sources.huggingface import HubFamily, unreachable
from ftcli.data.sources.parallel_text import both
from ftcli.data.sources.records import ending
from ftcli.data.sources.tables import TABLES
from ftcli.data.table_folders import matched
from ftcli.system.paths import no_such_path


def missing_paths(data: Data, *, ids: bool) -> Iterator[tuple[str, str]]:
    """Keys of `data` whose path does not exist, and what is wrong.

    With `ids` also a source that could be the id of a Hugging Face dataset, if that cannot be had.
    """
    source = data.source
    if source is not None and source not in SOURCES and not _there(source):
        missing = no_such_path(Path(source).expanduser())
        if is_path(source):
            yield "source", missing
        elif ids and (problem := unreachable(HubFamily(source, data.subset, data.root, data.download))):
            end = "" if missing.endswith("?") else "."
            yield "source", f"{missing}{end} As a Hugging Face dataset: {problem}"
    for role in ("train", "val", "test"):
        value = getattr(data, role)
        if isinstance(value, str) and _is_path(value, role, data) and not _there(value):
            yield role, no_such_split(value, role)
    if isinstance(data.class_names, str) and not _there(data.class_names):
        words = "a list of names or a file with one a line is wanted"
        yield "class_names", f"{words}; {no_such_path(Path(data.class_names).expanduser())}"


def _there(value: str) -> bool:
    """Whether it exists, or is files in one name, each of which is checked when it is opened."""
    return both(value) is not None or bool(matched(value)) or Path(value).expanduser().exists()


def _is_path(value: str, role: str, data: Data) -> bool:
    """Whether the value of a split can only be a path: no condition, and no name of a split of the source."""
    try:
        if role != "train" and condition(value) is not None:
            return False
    except ValueError:
        return False
    return data.source is None or "/" in value or ending(Path(value)) in TABLES
