"""A store of small bundles of tensors on disk, found by the hash of what they were made from.

Every writing process owns its shards, each two append-only files: the payloads (`.data`) and one record of fixed size
for each (`.index`), written after its payload. Readers believe records up to the first broken one and check a payload
at its first use, so two processes may write at once without locks, and a crash leaves no torn entry.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
import secrets
import shutil
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

Key = bytes
SHARD_BYTES = 256 * 2**20
_ALIGNMENT = 64
_RECORD = struct.Struct("<16sQQI")
_CHECK = struct.Struct("<I")
_RECORD_BYTES = _RECORD.size + _CHECK.size
_SHARD_FILE = re.compile(r"\d+-[0-9a-f]{16}\.(data|index)")
_SHELF_FOLDER = re.compile(r".+-[0-9a-f]{16}")
_UNSEEN, _WHOLE, _BROKEN = 0, 1, 2
_ROW = np.dtype(
    [("key", "V16"), ("offset", "u8"), ("length", "u8"), ("crc", "u4"), ("shard", "u4"), ("state", "u1")]
)
_in_use: set[Path] = set()  # index files that this process reads or writes: never evicted by it


def content_key(*parts: bytes | str) -> Key:
    """Return the 16-byte hash of the parts; their boundaries and types count."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        mark, content = (b"s", part.encode()) if isinstance(part, str) else (b"b", part)
        digest.update(mark + len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.digest()


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Return 16 hex digits of the facts, whatever the order of their keys."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def default_folder() -> Path:
    """Return `$FTCLI_CACHE`, else `$XDG_CACHE_HOME/ftcli`, else `~/.cache/ftcli`."""
    if own := os.environ.get("FTCLI_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ftcli"


@dataclass(frozen=True)
class ShelfSummary:
    """One shelf as the `cache` command shows it; `last_used` is unix time, in seconds."""

    kind: str
    facts: Mapping[str, Any]
    entries: int
    bytes: int
    last_used: float


class Store:
    """All shelves in a folder, held to a limit in bytes. Making one touches nothing."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = Path(folder)
        self.limit = limit

    def shelf(self, kind: str, facts: Mapping[str, Any]) -> Shelf:
        """Open the shelf of these facts; makes it where it is missing, and never raises for the disk's sake."""
        return Shelf(self, kind, facts)

    def shelves(self) -> list[ShelfSummary]:
        """Return what there is, last used first."""
        return sorted(map(_summary, self._folders()), key=lambda found: -found.last_used)

    def clear(self) -> int:
        """Remove the store's own files, and nothing else; return the bytes freed."""
        freed = 0
        for folder in self._folders():
            for path in [*_shard_files(folder), folder / "about.json"]:
                freed += _remove(path)
            if not any(folder.iterdir()):
                folder.rmdir()
        return freed

    def room(self) -> int:
        """Return the bytes left below the limit, after whole shards were evicted if it was exceeded."""
        return self.make_room(0)

    def make_room(self, wanted: int) -> int:
        """Evict shards, least recently used first, until `wanted` bytes are free; return the bytes that are."""
        paths = [path for folder in self._folders() for path in _shard_files(folder)]
        room = self.limit - sum(map(_size, paths))
        indexes = [path for path in paths if path.suffix == ".index" and path not in _in_use]
        for index in sorted(indexes, key=_modified):
            if room >= wanted:
                break
            room += _remove(index) + _remove(index.with_suffix(".data"))
        return room

    def most(self) -> int:
        """Return the bytes that the store could come to hold: its limit, or what the disk has room for."""
        folder = next(path for path in (self.folder, *self.folder.absolute().parents) if path.exists())
        held = sum(_size(path) for shelf in self._folders() for path in _shard_files(shelf))
        return min(self.limit, held + shutil.disk_usage(folder).free)

    def _folders(self) -> Iterator[Path]:
        try:
            found = sorted(self.folder.iterdir())
        except OSError:
            return
        yield from (path for path in found if _SHELF_FOLDER.fullmatch(path.name) and _about(path))


class Shelf:
    """Entries of one kind made under the same facts. Not for several threads at once."""

    def __init__(self, store: Store, kind: str, facts: Mapping[str, Any]) -> None:
        self._store, self._kind, self._facts = store, kind, dict(facts)
        self.path = store.folder / f"{kind}-{fingerprint(facts)}"
        self.problem: str | None = None
        self._rows = np.empty(0, _ROW)  # sorted by the key's first 8 bytes, which `_heads` holds
        self._heads = np.empty(0, "u8")
        self._recent: dict[Key, tuple[Any, ...]] = {}  # own entries, not yet among the rows
        self._shards: list[Path] = []
        self._read: dict[Path, int] = {}
        self._maps: dict[int, mmap.mmap] = {}
        self._writer: _Writer | None = None
        self._room = 0
        self._open()

    def _open(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _about(self.path):
                _write_about(self.path, {"kind": self._kind, "facts": self._facts})
            self._room = self._store.room()
        except OSError as error:
            self._stop(error)
        self.refresh()

    def __getstate__(self) -> tuple[Store, str, dict[str, Any]]:
        return self._store, self._kind, self._facts

    def __setstate__(self, state: tuple[Store, str, dict[str, Any]]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def __contains__(self, key: Key) -> bool:
        return key in self._recent or any(self._rows[at]["state"] != _BROKEN for at in self._places(key))

    def get(self, key: Key) -> dict[str, Tensor] | None:
        """Return the entry's tensors, mapped from the file without a copy; None where it is absent or broken."""
        if key in self._recent:
            _, offset, length, _, shard, _ = self._recent[key]
            mapped = self._mapped(shard, offset + length)
            return None if mapped is None else _unpack(mapped, offset)
        for at in self._places(key):
            _, offset, length, crc, shard, state = self._rows[at].item()
            mapped = None if state == _BROKEN else self._mapped(shard, offset + length)
            if mapped is None:
                self._rows["state"][at] = _BROKEN
                continue
            if state == _UNSEEN:
                with memoryview(mapped) as view, view[offset : offset + length] as payload:
                    whole = zlib.crc32(payload) == crc
                self._rows["state"][at] = _WHOLE if whole else _BROKEN
                if not whole:
                    continue
            return _unpack(mapped, offset)
        return None

    def put(self, key: Key, value: Mapping[str, Tensor]) -> None:
        """Store CPU tensors of any dtype and shape; a key that is there is left alone. Sets `problem`, never raises."""
        if self.problem is not None or key in self:
            return
        payload = _pack(value)
        try:
            writer = self._writer_for(len(payload) + _RECORD_BYTES)
            if writer is None:
                return
            offset, crc = writer.append(key, payload)
        except OSError as error:
            self._stop(error)
            return
        self._room -= len(payload) + _RECORD_BYTES
        self._read[writer.index] += _RECORD_BYTES
        self._recent[key] = (key, offset, len(payload), crc, self._shards.index(writer.index), _WHOLE)
        if len(self._recent) > max(4096, len(self._rows) // 8):
            self._merge([])

    def refresh(self) -> None:
        """See what other processes have written meanwhile."""
        rows: list[tuple[Any, ...]] = []
        for index in sorted(path for path in _shard_files(self.path) if path.suffix == ".index"):
            if index not in self._read:
                self._shards.append(index)
                self._read[index] = 0
            rows += self._new_rows(index)
        if rows:
            self._merge(rows)

    def close(self) -> None:
        """Let go of the files; tensors that were handed out stay valid."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._maps.clear()
        _in_use.difference_update(self._shards)

    def _new_rows(self, index: Path) -> Iterator[tuple[Any, ...]]:
        try:
            with index.open("rb") as file:
                file.seek(self._read[index])
                content = file.read()
        except OSError:
            return
        size, shard = _size(index.with_suffix(".data")), self._shards.index(index)
        for at in range(0, len(content) - _RECORD_BYTES + 1, _RECORD_BYTES):
            record = content[at : at + _RECORD.size]
            key, offset, length, crc = _RECORD.unpack(record)
            (check,) = _CHECK.unpack_from(content, at + _RECORD.size)
            if zlib.crc32(record) != check or offset + length > size:
                return
            self._read[index] += _RECORD_BYTES
            yield key, offset, length, crc, shard, _UNSEEN

    def _merge(self, rows: list[tuple[Any, ...]]) -> None:
        rows = [*rows, *self._recent.values()]
        joined = np.concatenate([self._rows, np.array(rows, _ROW)])
        heads = np.ascontiguousarray(joined["key"]).view("<u8")[::2]
        order = np.argsort(heads, kind="stable")
        self._rows, self._heads = joined[order], heads[order]
        self._recent = {}

    def _places(self, key: Key) -> Iterator[int]:
        head = np.uint64(int.from_bytes(key[:8], "little"))
        first = int(np.searchsorted(self._heads, head))
        while first < len(self._heads) and self._heads[first] == head:
            if self._rows[first]["key"].tobytes() == key:
                yield first
            first += 1

    def _mapped(self, shard: int, end: int) -> mmap.mmap | None:
        found = self._maps.get(shard)
        if found is not None and len(found) >= end:
            return found
        index = self._shards[shard]
        try:
            with index.with_suffix(".data").open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except (OSError, ValueError):
            return None
        self._use(index)
        if len(mapped) < end:
            return None
        self._maps[shard] = mapped
        return mapped

    def _use(self, index: Path) -> None:
        if index in _in_use:
            return
        _in_use.add(index)
        with suppress(OSError):  # a read-only store is read all the same; it only cannot remember when
            os.utime(index)

    def _writer_for(self, size: int) -> _Writer | None:
        if self._writer is not None and (self._writer.pid != os.getpid() or self._writer.end > SHARD_BYTES):
            self._writer.close()
            self._writer = None
        if self._writer is None or size > self._room:
            self._room = self._store.make_room(size)
        if size > self._room:
            self.problem = (
                f"{self._store.folder} is full: {size:,} bytes more exceed its limit of {self._store.limit:,}"
            )
            return None
        if self._writer is None:
            self._writer = _Writer(self.path)
            self._shards.append(self._writer.index)
            self._read[self._writer.index] = 0
            self._use(self._writer.index)
        return self._writer

    def _stop(self, error: OSError) -> None:
        self.problem = f"{self.path} cannot be written: {error.strerror or error}"


class _Writer:
    """One process's own shard, open for appending."""

    def __init__(self, folder: Path) -> None:
        self.pid, self.end = os.getpid(), 0
        self.index = folder / f"{self.pid}-{secrets.token_hex(8)}.index"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._data = os.open(self.index.with_suffix(".data"), flags, 0o600)
        try:
            self._index = os.open(self.index, flags, 0o600)
        except OSError:
            os.close(self._data)
            raise

    def append(self, key: Key, payload: bytearray) -> tuple[int, int]:
        """Write the payload, then its record; return its offset and checksum."""
        offset, crc = self.end, zlib.crc32(payload)
        record = _RECORD.pack(key, offset, len(payload), crc)
        _write(self._data, payload)
        self.end += len(payload)
        _write(self._index, record + _CHECK.pack(zlib.crc32(record)))
        return offset, crc

    def close(self) -> None:
        os.close(self._data)
        os.close(self._index)


def _write(descriptor: int, content: bytes | bytearray) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _pack(value: Mapping[str, Tensor]) -> bytearray:
    """Return a header (its length, then JSON: name, dtype, shape) and the tensors, each at a multiple of 64 bytes."""
    facts = [
        (name, str(tensor.dtype).removeprefix("torch."), list(tensor.shape)) for name, tensor in value.items()
    ]
    header = json.dumps(facts).encode()
    payload = bytearray(_CHECK.pack(len(header)) + header)
    for tensor in value.values():
        payload.extend(bytes(_aligned(len(payload)) - len(payload)))
        if tensor.numel():
            flat = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
            payload.extend(flat.view(torch.uint8).numpy().data)
    payload.extend(bytes(_aligned(len(payload)) - len(payload)))
    return payload


def _unpack(mapped: mmap.mmap, start: int) -> dict[str, Tensor]:
    (length,) = _CHECK.unpack_from(mapped, start)
    at = start + _CHECK.size + length
    value = {}
    for name, kind, shape in json.loads(mapped[start + _CHECK.size : at]):
        at = start + _aligned(at - start)
        dtype, count = getattr(torch, kind), int(np.prod(shape, dtype=np.int64))
        flat = (
            torch.frombuffer(mapped, dtype=dtype, count=count, offset=at)
            if count
            else torch.empty(0, dtype=dtype)
        )
        value[name] = flat.reshape(shape)
        at += count * dtype.itemsize
    return value


def _about(folder: Path) -> dict[str, Any] | None:
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        return about if folder.name == f"{about['kind']}-{fingerprint(about['facts'])}" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_about(folder: Path, about: Mapping[str, Any]) -> None:
    aside = folder / f"about.json.{secrets.token_hex(4)}"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write(descriptor, json.dumps(about, ensure_ascii=False).encode())
    finally:
        os.close(descriptor)
    aside.replace(folder / "about.json")


def _summary(folder: Path) -> ShelfSummary:
    about, files = _about(folder) or {"kind": folder.name, "facts": {}}, _shard_files(folder)
    indexes = [path for path in files if path.suffix == ".index"]
    last = max(map(_modified, [*indexes, folder / "about.json"]))
    entries = sum(_size(path) // _RECORD_BYTES for path in indexes)
    return ShelfSummary(about["kind"], about["facts"], entries, sum(map(_size, files)), last)


def _shard_files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _SHARD_FILE.fullmatch(path.name)]
    except OSError:
        return []


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
