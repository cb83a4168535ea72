"""A store of small bundles of tensors on disk, found by the hash of what they were made from.

It is a folder of buckets, held to a limit in bytes together.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.store.bucket import Bucket, about, in_use
from ftcli.store.shard import RECORD_BYTES, index_files, shard_files

_BUCKET_FOLDER = re.compile(r".+-[0-9a-f]{16}")
_LEFT_ASIDE = re.compile(r"about\.json\.[0-9a-f]{8}")  # by a process that was killed before it was whole


@dataclass(frozen=True)
class BucketSummary:
    """One bucket as the `cache` command shows it; `last_used` is unix time, in seconds."""

    kind: str
    facts: Mapping[str, Any]
    entries: int
    bytes: int
    last_used: float


class Store:
    """All buckets in a folder, held to a limit in bytes. Making one touches nothing."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = Path(folder)
        self.limit = limit

    def bucket(self, kind: str, facts: Mapping[str, Any]) -> Bucket:
        """Open the bucket of these facts; makes it where it is missing, and never raises for the disk's sake."""
        return Bucket(self, kind, facts)

    def buckets(self) -> list[BucketSummary]:
        """Return what there is, last used first."""
        return sorted(map(_summary, self._bucket_folders()), key=lambda found: -found.last_used)

    def clear(self) -> int:
        """Remove the store's own files, and nothing else; return the bytes freed."""
        freed = 0
        for folder in self._folders():
            own = [path for path in folder.iterdir() if _LEFT_ASIDE.fullmatch(path.name)]
            if about(folder):
                own += [*shard_files(folder), folder / "about.json"]
            freed += sum(map(_remove, own))
            if own and not any(folder.iterdir()):
                folder.rmdir()
        return freed

    def make_room(self, wanted: int) -> int:
        """Evict shards, least recently used first, until `wanted` bytes are free; return the bytes that are."""
        paths = [path for folder in self._bucket_folders() for path in shard_files(folder)]
        room = self.limit - sum(map(_size, paths))
        if room >= wanted:
            return room
        kept = in_use()
        indexes = [path for path in paths if path.suffix == ".index" and path not in kept]
        for index in sorted(indexes, key=_modified):
            if room >= wanted:
                break
            room += _remove(index) + _remove(index.with_suffix(".data"))
        return room

    def most(self) -> int:
        """Return the bytes that the store could come to hold: its limit, or what the disk has room for."""
        folder = next(path for path in (self.folder, *self.folder.absolute().parents) if path.exists())
        free = shutil.disk_usage(folder).free
        if free >= self.limit:
            return self.limit  # this is asked in every epoch, and there may be many buckets to look through
        held = sum(_size(path) for bucket in self._bucket_folders() for path in shard_files(bucket))
        return min(self.limit, held + free)

    def _folders(self) -> Iterator[Path]:
        try:
            found = sorted(self.folder.iterdir())
        except OSError:
            return
        yield from (path for path in found if _BUCKET_FOLDER.fullmatch(path.name) and path.is_dir())

    def _bucket_folders(self) -> Iterator[Path]:
        yield from (folder for folder in self._folders() if about(folder))


def _summary(folder: Path) -> BucketSummary:
    found, indexes = about(folder) or {"kind": folder.name, "facts": {}}, index_files(folder)
    last = max(map(_modified, [*indexes, folder / "about.json"]))
    entries = sum(_size(path) // RECORD_BYTES for path in indexes)
    return BucketSummary(found["kind"], found["facts"], entries, sum(map(_size, shard_files(folder))), last)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _remove(path: Path) -> int:
    """Remove a file; return the bytes freed, 0 where it is gone already or may not be removed."""
    size = _size(path)
    try:
        path.unlink()
    except OSError:
        return 0
    return size
