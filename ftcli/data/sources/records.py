"""Random access to the records of a text file by their byte offsets: 8 bytes of memory for each.

A file that is packed with gzip is unpacked to a temporary file first, which goes away with the process.
"""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from array import array
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import DataError
from ftcli.system.paths import check_readable
from ftcli.system.read_files import note_read
from ftcli.system.temporary import no_room, remove, remove_with, temporary

PACKED = ".gz"
# A packed file may unpack to so many bytes, and beyond them to so many times its own: tables take a tenth of their size
# when they are packed, and what takes a thousandth was made to fill a disk or the memory.
ROOM, RATIO = 50_000_000, 100

_UTF8_MARK = b"\xef\xbb\xbf"
# The first bytes of files that are taken for texts by their names.
_BINARY = {
    b"PK\x03\x04": "an archive (.zip) or a spreadsheet (.xlsx, .ods)",
    b"\xd0\xcf\x11\xe0": "a spreadsheet or document of old Microsoft Office (.xls, .doc)",
    b"\x1f\x8b": "a file packed with gzip (.gz)",
    b"PAR1": "a Parquet file (.parquet)",
    b"%PDF": "a PDF document",
}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Lines(Iterator[str]):
    """The lines of a UTF-8 file, with their ends. `end` is the byte after the last one given, `line` its number.

    They end in a line feed, or in a carriage return where the file begins without line feeds, as old programs write.
    Of a `stream` that is open already, `path` is its name in messages.
    `errors` is as `bytes.decode` has it.
    """

    def __init__(self, path: Path, stream: BinaryIO | None = None, errors: str = "strict") -> None:
        self.path, self._errors = path, errors
        self.line = self.end = 0
        self._file = _opened(path) if stream is None else stream
        self._most = _most(path)
        self._returns = _Returns(self._file) if _ends_in_returns(self._file) else None

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __next__(self) -> str:
        try:
            lines = self._returns or self._file
            raw = lines.readline(-1 if self._most is None else self._most - self.end + 1)
        except BROKEN as error:
            raise _broken(self.path, error) from None
        if not raw:
            raise StopIteration
        self.line += 1
        self.end += len(raw)
        if self._most is not None and self.end > self._most:
            raise _bomb(self.path, self._most, self.line)
        if b"\0" in raw and raw[:2] not in _UTF16_MARKS:
            raise DataError(self._binary(raw) or self._zero(raw))
        try:
            return raw.decode("utf-8-sig" if self.line == 1 else "utf-8", self._errors)
        except UnicodeDecodeError as error:
            raise DataError(self._binary(raw) or self._undecodable(raw, error)) from None

    def _binary(self, raw: bytes) -> str:
        """What is said of a file of another format, whose first line this is; "" for a text."""
        found = next((what for mark, what in _BINARY.items() if self.line == 1 and raw.startswith(mark)), "")
        return found and f"{self.path}: its content is that of {found}, and a text in UTF-8 is wanted"

    def _zero(self, raw: bytes) -> str:
        """Text of two bytes a character has a zero in every other one; a file with a hole has a row of them."""
        bad = f"byte 0x00 at character {raw.index(0) + 1}"
        if self.line == 1 and raw.count(0) > len(raw) / 3:
            return f"{self.path}:{self.line}: the text looks like UTF-16 ({bad}): save the file as UTF-8"
        return f"{self.path}:{self.line}: {bad}, which no text has: the file is damaged, or no text"

    def _undecodable(self, raw: bytes, error: UnicodeDecodeError) -> str:
        found = "looks like UTF-16" if self.line == 1 and raw[:2] in _UTF16_MARKS else "is not UTF-8"
        bad = f"byte 0x{raw[error.start]:02x} at character {error.start + 1}"
        return f"{self.path}:{self.line}: the text {found} ({bad}): save the file as UTF-8"


class _Returns:
    """The lines of a file that end in carriage returns."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._read, self._at = file, b"", 0

    def readline(self, most: int) -> bytes:
        """One line with its end, of at most so many bytes, or any number where `most` is below 0."""
        while (end := self._read.find(b"\r", self._at) + 1) == 0:
            if not (more := self._file.read(1 << 16)) or 0 <= most < len(self._read) - self._at:
                end = len(self._read)
                break
            self._read, self._at = self._read[self._at :] + more, 0
        line, self._at = self._read[self._at : end], end
        return line


def _ends_in_returns(file: BinaryIO) -> bool:
    """Whether there are carriage returns, and no line feeds, at the beginning."""
    if not hasattr(file, "peek"):
        return False
    try:
        start: bytes = file.peek(1 << 13)
    except BROKEN:
        return False  # reading it says what is wrong
    return b"\r" in start[:-1] and b"\n" not in start


def first_character(path: Path) -> str:
    """The first one that is not white space, where it is ASCII; nothing for an empty file."""
    with _opened(path) as file:
        try:
            return file.read(1 << 16).removeprefix(_UTF8_MARK).lstrip()[:1].decode("ascii", "replace")
        except BROKEN as error:
            raise _broken(path, error) from None


def parts(path: Path) -> Iterator[str]:
    """The text of a UTF-8 file, a megabyte at a time. Raises `DataError` as `Lines` does."""
    decoder, line, done, most = codecs.getincrementaldecoder("utf-8")(), 1, 0, _most(path)
    with _opened(path) as file:
        while True:
            try:
                raw = file.read(1 << 20)
                text = decoder.decode(raw, final=not raw)
            except BROKEN as error:
                raise _broken(path, error) from None
            except UnicodeDecodeError as error:
                bad = error.object[error.start]
                line += error.object.count(b"\n", 0, error.start)
                words = f"the text is not UTF-8 (byte 0x{bad:02x}): save the file as UTF-8"
                raise DataError(f"{path}:{line}: {words}") from None
            done += len(raw)
            if most is not None and done > most:
                raise _bomb(path, most)
            if b"\0" in raw:
                line += raw.count(b"\n", 0, raw.index(0))
                raise DataError(
                    f"{path}:{line}: byte 0x00, which no text has: the file is damaged, or no text"
                )
            line += raw.count(b"\n")
            yield text
            if not raw:
                return


class Records:
    """The records of one file, read by position. Picklable; every process opens the file for itself.

    `offsets` holds the first byte of each record, and the end of the last one.
    """

    def __init__(self, path: Path, offsets: array[int]) -> None:
        self.path = path
        self._offsets: NDArray[np.int64] = np.frombuffer(offsets, dtype=np.int64)
        self._plain = _unpacked(self, path) if path.suffix == PACKED else path
        self._stamp = stamp(self._plain)
        self._file: FileIO | None = None
        self._process = 0

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def read(self, index: int) -> str:
        """The text of one record, with its line end."""
        start, end = int(self._offsets[index]), int(self._offsets[index + 1])
        file = self._open()
        file.seek(start)
        raw = file.read(end - start)
        if (found := os.fstat(file.fileno())) and (found.st_size, found.st_mtime_ns) != self._stamp:
            raise DataError(f"{self.path} was changed while it was in use: start again")
        return (raw.removeprefix(_UTF8_MARK) if start == 0 else raw).decode()

    def line(self, index: int) -> int:
        """The number of the line, from 1, where a record begins: counted each time, as it is for messages only."""
        left, lines = int(self._offsets[index]), 1
        with self._plain.open("rb") as file:
            while left > 0 and (chunk := file.read(min(left, 1 << 20))):
                lines += chunk.count(b"\n") or chunk.count(b"\r")
                left -= len(chunk)
        return lines

    def _open(self) -> FileIO:
        if (
            self._file is None or self._process != os.getpid()
        ):  # a forked worker must not share a file position
            if stamp(self._plain) != self._stamp:
                raise DataError(f"{self.path} was changed while it was in use: start again")
            self._file = self._plain.open("rb", buffering=0)
            self._process = os.getpid()
        return self._file

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None, "_process": 0}

    def __del__(self) -> None:
        if getattr(self, "_file", None) is not None and self._file is not None:
            self._file.close()


def ending(path: Path) -> str:
    """The ending that gives the format of a file, in small letters: ".csv" of a.csv and of a.csv.gz."""
    return Path(path.name.removesuffix(PACKED)).suffix.lower() or path.suffix.lower()


BROKEN = (gzip.BadGzipFile, EOFError, zlib.error)


def _opened(path: Path) -> BinaryIO:
    check_readable(path)
    note_read(path)
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == PACKED else path.open("rb")


def _most(path: Path) -> int | None:
    """The bytes that a packed file may unpack to; None for a plain one."""
    return max(ROOM, RATIO * path.stat().st_size) if path.suffix == PACKED else None


def _bomb(path: Path, most: int, line: int | None = None) -> DataError:
    where = path if line is None else f"{path}:{line}"
    return DataError(
        f"{where}: the file unpacks to more than {most / 1e6:,.0f} MB, over {RATIO} times its size: it is not what it "
        "seems. If it is, unpack it yourself"
    )


def _broken(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} cannot be unpacked: it is not a complete gzip file ({error})")


def _unpacked(owner: object, path: Path) -> Path:
    """A plain copy that is there as long as `owner`."""
    copy = temporary(str(path), ".txt")
    try:
        with _opened(path) as packed, open(copy, "wb") as plain:
            left = most = _most(path) or 0
            while chunk := packed.read(1 << 20):
                left -= len(chunk)
                if left < 0:
                    raise _bomb(path, most)
                plain.write(chunk)
    except BaseException as error:
        remove(copy, os.getpid())  # whatever stops it, nothing half-written stays behind
        if isinstance(error, BROKEN):
            raise _broken(path, error) from None
        if not isinstance(error, OSError):
            raise
        raise no_room(path, copy, error) from None
    remove_with(owner, copy)
    return Path(copy)


def stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        raise DataError(f"{path.absolute()} was removed while it was in use") from None
    return found.st_size, found.st_mtime_ns
