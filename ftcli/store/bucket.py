"""A bucket: the entries of one kind made under the same facts, in a folder of shards that says so in `about.json`."""

from __future__ import annotations

import json
import os
import secrets
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from ftcli.store.fingerprints import Key, fingerprint
from ftcli.store.key_index import KeyIndex
from ftcli.store.shard import RECORD_BYTES, Shard, Writer, index_files, write
from ftcli.store.tensor_format import pack

_buckets: weakref.WeakSet[Bucket] = weakref.WeakSet()  # of this process, not forgotten yet


class Limit(Protocol):
    """What a bucket needs of a `store.Store`."""

    folder: Path
    limit: int

    def make_room(self, wanted: int) -> int: ...


class Bucket:
    """Entries of one kind made under the same facts. Not for several threads at once.

    The shards that it has read or written are not evicted by this process until it is closed or forgotten.
    """

    def __init__(self, store: Limit, kind: str, facts: Mapping[str, Any]) -> None:
        self._store, self._kind, self._facts = store, kind, dict(facts)
        self.path = store.folder / f"{kind}-{fingerprint(facts)}"
        self.problem: str | None = None
        self._shards: list[Shard] = []
        self._places = KeyIndex()  # places are (number of the shard, number of the record), 32 bits each
        self._writer: Writer | None = None  # of the shard `_own`
        self._own = 0
        self._room = 0
        self._open()
        _buckets.add(self)

    def _open(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not about(self.path):
                _write_about(self.path, {"kind": self._kind, "facts": self._facts})
            self._room = self._store.make_room(0)
        except OSError as error:
            self._stop(error)
        self.refresh()

    def __getstate__(self) -> tuple[Limit, str, dict[str, Any]]:
        return self._store, self._kind, self._facts

    def __setstate__(self, state: tuple[Limit, str, dict[str, Any]]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def __contains__(self, key: Key) -> bool:
        return any(
            self._shards[place >> 32].holds(place & 0xFFFFFFFF, key) for place in self._places.places(key)
        )

    def get(self, key: Key) -> dict[str, Tensor] | None:
        """Return the entry's tensors, mapped from the file without a copy; None where it is absent or broken."""
        for place in self._places.places(key):
            value = self._shards[place >> 32].get(place & 0xFFFFFFFF, key)
            if value is not None:
                return value
        return None

    def put(self, key: Key, value: Mapping[str, Tensor]) -> None:
        """Store CPU tensors of any dtype and shape; a key that is there is left alone. Sets `problem`, never raises."""
        if self.problem is not None or key in self:
            return
        payload = pack(value)
        size = len(payload) + RECORD_BYTES
        try:
            writer = self._writer_for(size)
            if writer is None:
                return
            writer.append(key, payload)
        except OSError as error:
            self._stop(error)
            return
        self._room -= size
        self._places.add(key, self._own << 32 | self._shards[self._own].wrote())

    def refresh(self) -> None:
        """See what other processes have written meanwhile."""
        known = {shard.index for shard in self._shards}
        self._shards += [Shard(index) for index in index_files(self.path) if index not in known]
        for number, shard in enumerate(self._shards):
            while len(heads := shard.new_heads()):
                records = np.arange(len(shard) - len(heads), len(shard), dtype=np.uint64)
                self._places.extend(heads, records + np.uint64(number << 32))

    def close(self) -> None:
        """Let go of the files; tensors that were handed out stay valid."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for shard in self._shards:
            shard.close()

    @property
    def is_empty(self) -> bool:
        """Whether no entries are known, as of the last refresh."""
        return not any(map(len, self._shards))

    def in_use(self) -> set[Path]:
        """The indexes of the shards that were read or written."""
        return {shard.index for shard in self._shards if shard.used}

    def _writer_for(self, size: int) -> Writer | None:
        if self._writer is not None and (self._writer.pid != os.getpid() or self._writer.is_full):
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
            self._writer = Writer(self.path)
            self._own = len(self._shards)
            self._shards.append(Shard(self._writer.index))
            self._shards[self._own].use()
        return self._writer

    def _stop(self, error: OSError) -> None:
        self.problem = f"{self.path} cannot be written: {error.strerror or error}"


def in_use() -> set[Path]:
    """The indexes of the shards that any bucket of this process has read or written."""
    return {index for bucket in _buckets for index in bucket.in_use()}


def about(folder: Path) -> dict[str, Any] | None:
    """The kind and facts of a bucket; None for any other folder."""
    try:
        found = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        return found if folder.name == f"{found['kind']}-{fingerprint(found['facts'])}" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_about(folder: Path, facts: Mapping[str, Any]) -> None:
    temporary = folder / f"about.json.{secrets.token_hex(4)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            write(descriptor, json.dumps(facts, ensure_ascii=False).encode(errors="backslashreplace"))
        finally:
            os.close(descriptor)
        temporary.replace(folder / "about.json")
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
