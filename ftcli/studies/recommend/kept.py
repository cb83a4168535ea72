"""What a study has found, kept in its folder for the next call: by all that decides it, as JSON.

A file that is damaged is as good as none: what it held is found again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from ftcli import __version__
from ftcli.config.dump import plain
from ftcli.config.schema import Experiment
from ftcli.models.on_this_machine import stored
from ftcli.models.weight_files import SUFFIXES
from ftcli.store.fingerprints import fingerprint
from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.system import durable
from ftcli.system.bounded import UnreadableError, read_json

# Raised where the same candidate on the same examples would have another record than before.
_FORMAT = 4
_LARGEST = 1 << 26
_Record = TypeVar("_Record")


class Kept:
    """Records in a folder, each a file that is called after what it is about."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, kind: str, key: str, of: type[_Record]) -> _Record | None:
        """The record, of a dataclass; None where there is none, or it cannot be read."""
        try:
            known = read_json(self._path(kind, key), _LARGEST)
            values = {name: tuple(one) if isinstance(one, list) else one for name, one in known.items()}
            return of(**values)
        except (OSError, UnreadableError, ValueError, TypeError, AttributeError):
            return None

    def put(self, kind: str, key: str, record: Any) -> None:
        """Write a dataclass whose fields JSON holds."""
        path = self._path(kind, key)
        durable.make(path.parent)
        durable.write_text(path, json.dumps(asdict(record)) + "\n")

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / kind / f"{key}.json"


def key_of(candidate: Candidate, base: Experiment, *more: str) -> str:
    """A name for all that decides what is found of a candidate: the experiment, its weights, versions, and `more`."""
    experiment = replace(candidate.experiment(base), output=None)
    facts = {
        "format": _FORMAT,
        "versions": [__version__, version("torch")],
        "experiment": plain(experiment),
        "weights": sorted(_files(candidate)),
        "more": list(more),
    }
    return fingerprint(json.loads(json.dumps(facts, default=str)))


def _files(candidate: Candidate) -> Iterator[tuple[str, int, int]]:
    """The files of a candidate with their sizes and times."""
    here = {one.name: one.path for one in stored()}
    for named in (candidate.backbone, candidate.weights or ""):
        path = here.get(named) or Path(named).expanduser()
        if not named or not path.exists():
            continue
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in (
            one for one in inside if one.is_file() and one.suffix in (*SUFFIXES, ".json", ".txt", ".model")
        ):
            status = file.stat()
            yield str(file), status.st_size, status.st_mtime_ns
