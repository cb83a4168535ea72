"""A shard: two append-only files, payloads (`.data`) and one record of fixed size for each (`.index`).

Each belongs to the process that writes it. A record is written after its payload; readers believe records up to the
first broken one and check a payload at its first use. So processes may read and write at once without locks, and a
crash leaves no torn entry. Both files are mapped: what is read is in the page cache, not in memory of the process.
"""

from __future__ import annotations

import os
import re
import secrets
import struct
import weakref
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ftcli.store.fingerprints import Key
from ftcli.store.tensor_format import unpack

SHARD_BYTES = 256 * 2**20  # payloads of a shard, after which its writer begins another
RECORD_BYTES = 40
_KEY_BYTES = 16
_RECORD = struct.Struct("<16sQQI")  # key, offset, length and checksum of a payload
_CHECK = struct.Struct("<I")  # the checksum of these
_COLUMNS = np.dtype(
    [("head", "<u4"), ("tail", "V12"), ("offset", "<u8"), ("length", "<u8"), ("crc", "<u4"), ("check", "<u4")]
)  # the same, for many; the head and the tail are of the key
_AT_ONCE = 65_536  # records that are checked at once
_FILE = re.compile(r"\d+-[0-9a-f]{16}\.(data|index)")
_UNSEEN, _WHOLE, _BROKEN = 0, 1, 2
_NOTHING = memoryview(b"")


class Shard:
    """A shard as a reader sees it; records are known by their number."""

    def __init__(self, index: Path) -> None:
        self.index = index
        self.used = False  # whether a payload was read or written
        self._states = bytearray()  # of each record that is believed
        self._records = self._payloads = _NOTHING

    def __len__(self) -> int:
        """How many records are believed."""
        return len(self._states)

    def new_heads(self) -> NDArray[np.uint32]:
        """Believe the next records that were written since; return the first 4 bytes of their keys, (n), in order."""
        first = len(self)
        last = min(_size(self.index) // RECORD_BYTES, first + _AT_ONCE)
        if last <= first or not self._reach_records(last):
            return np.empty(0, np.uint32)
        rows = np.frombuffer(self._records, _COLUMNS, last - first, first * RECORD_BYTES)
        sound = np.fromiter(map(self._is_sound, range(first, last), rows["check"]), np.bool_)
        sound &= rows["offset"] + rows["length"] <= _size(self.index.with_suffix(".data"))
        believed = len(rows) if sound.all() else int(sound.argmin())
        self._states.extend(bytes([_UNSEEN]) * believed)
        heads: NDArray[np.uint32] = rows["head"][:believed]
        return heads

    def wrote(self) -> int:
        """Count a record that this process has written; return its number."""
        self.use()
        self._states.append(_WHOLE)
        return len(self) - 1

    def holds(self, number: int, key: Key) -> bool:
        """Whether the record is of `key` and not known to be broken."""
        if self._states[number] == _BROKEN or not self._reach_records(number + 1):
            return False
        at = number * RECORD_BYTES
        return self._records[at : at + _KEY_BYTES] == key

    def get(self, number: int, key: Key) -> dict[str, Tensor] | None:
        """The tensors of the record, mapped from the file without a copy; None if it is broken or of another key."""
        if not self.holds(number, key):
            return None
        _, offset, length, crc = _RECORD.unpack_from(self._records, number * RECORD_BYTES)
        if not self._reach_payloads(offset + length):
            self._states[number] = _BROKEN
        elif self._states[number] == _UNSEEN:
            whole = zlib.crc32(self._payloads[offset : offset + length]) == crc
            self._states[number] = _WHOLE if whole else _BROKEN
        return unpack(self._payloads, offset) if self._states[number] == _WHOLE else None

    def use(self) -> None:
        """Remember, on disk too, that the shard is in use."""
        if not self.used:
            self.used = True
            with suppress(OSError):  # a read-only store is read all the same; it only cannot remember when
                os.utime(self.index)

    def close(self) -> None:
        """Let go of the files; tensors that were handed out stay valid."""
        self.used = False
        self._records = self._payloads = _NOTHING

    def _is_sound(self, number: int, check: int) -> bool:
        at = number * RECORD_BYTES
        return zlib.crc32(self._records[at : at + _RECORD.size]) == check

    def _reach_records(self, count: int) -> bool:
        if len(self._records) < count * RECORD_BYTES:
            self._records = _mapped(self.index)
        return len(self._records) >= count * RECORD_BYTES

    def _reach_payloads(self, end: int) -> bool:
        if len(self._payloads) < end:
            self._payloads = _mapped(self.index.with_suffix(".data"))
            self.use()
        return len(self._payloads) >= end


class Writer:
    """One process's own shard in `folder`, open for appending until it is closed or forgotten. Raises `OSError`."""

    def __init__(self, folder: Path) -> None:
        self.pid, self._end = os.getpid(), 0
        self.index = folder / f"{self.pid}-{secrets.token_hex(8)}.index"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._data = os.open(self.index.with_suffix(".data"), flags, 0o600)
        try:
            self._index = os.open(self.index, flags, 0o600)
        except OSError:
            os.close(self._data)
            raise
        self.close = weakref.finalize(self, _close, self._data, self._index)

    @property
    def is_full(self) -> bool:
        """Whether the next payload belongs in another shard."""
        return self._end > SHARD_BYTES

    def append(self, key: Key, payload: bytes) -> None:
        """Write the payload, then its record."""
        record = _RECORD.pack(key, self._end, len(payload), zlib.crc32(payload))
        write(self._data, payload)
        self._end += len(payload)
        write(self._index, record + _CHECK.pack(zlib.crc32(record)))


def shard_files(folder: Path) -> list[Path]:
    """The files of all shards in a folder; none if it cannot be read."""
    try:
        return [path for path in folder.iterdir() if _FILE.fullmatch(path.name)]
    except OSError:
        return []


def index_files(folder: Path) -> list[Path]:
    """The same, of each shard the index, in the order of names."""
    return sorted(path for path in shard_files(folder) if path.suffix == ".index")


def write(descriptor: int, content: bytes) -> None:
    """Write all of it, in as many calls as the system wants."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _mapped(path: Path) -> memoryview:
    """The file, its pages read when they are touched; nothing if it is empty, gone or not to be read.

    Torch maps it, as the descriptor of an `mmap` stays open, and a bucket may have more shards than open files.
    Whoever writes to a tensor of it changes his own memory and not the file.
    """
    try:
        size = path.stat().st_size
        content: Any = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8).numpy()
    except (OSError, RuntimeError, ValueError):
        return _NOTHING
    return memoryview(content)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
