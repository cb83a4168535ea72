"""Archives unpacked by rules: only files and folders, only below one folder, and no more than an archive can hold.

Python's own filter for tar files has been led outside by links (CVE-2025-4517), torchvision uses none; so no link is
made at all, and each file is a new one. Files are unpacked in a temporary folder, so that a bad archive leaves nothing.
"""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Any

from ftcli.errors import DataError

MOST_FILES = 2_000_000
ROOM, RATIO = (
    100_000_000,
    100,
)  # bytes, and times the size of the archive, to which it may unpack; images hardly shrink


@dataclass(slots=True)
class _Unpacking:
    """One archive on its way into a folder."""

    archive: Path
    temporary: Path
    left: int
    files: int = 0

    def path(self, name: str) -> Path:
        """Where a member comes to lie. Raises `DataError` for a name that leads elsewhere."""
        parts = PurePosixPath(name).parts
        odd = (
            "\\" in name or "\0" in name or ":" in name or ".." in parts or PurePosixPath(name).is_absolute()
        )
        self.files += 1
        if odd or not parts:
            raise self.refused(name, "leads out of its folder")
        if self.files > MOST_FILES:
            raise self.refused(name, f"is one of more than {MOST_FILES:,}")
        return self.temporary.joinpath(*parts)

    def write(self, name: str, source: IO[bytes]) -> None:
        """A file, as far as there is room; of two with one name the second counts."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            while chunk := source.read(1 << 20):
                self.left -= len(chunk)
                if self.left < 0:
                    raise self.refused(name, f"unpacks to more than {RATIO} times the size of the archive")
                file.write(chunk)

    def refused(self, name: str, why: str) -> DataError:
        return DataError(f"{self.archive}: {name!r} {why}; the archive is not what it should be. Remove it")


def unpack_tar(archive: str | Path, folder: str | Path, compression: str | None = None) -> None:
    """Unpack a tar file, packed or not. Raises `DataError` for one that breaks the rules."""
    mode: Any = f"r|{(compression or '')[1:]}"  # a stream: no member is read twice
    with _begun(archive, folder) as work, tarfile.open(archive, mode) as tar:
        for member in tar:
            if member.isdir():
                work.path(member.name).mkdir(parents=True, exist_ok=True)
            elif member.isreg() and (source := tar.extractfile(member)) is not None:
                work.write(member.name, source)
            else:
                raise work.refused(member.name, "is neither a file nor a folder")


def unpack_zip(archive: str | Path, folder: str | Path, compression: str | None = None) -> None:
    """Unpack a zip file. Raises `DataError` for one that breaks the rules."""
    del compression  # each member says its own
    with _begun(archive, folder) as work, zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if member.is_dir():
                work.path(member.filename).mkdir(parents=True, exist_ok=True)
            elif kind in (0, stat.S_IFREG):
                with packed.open(member) as source:
                    work.write(member.filename, source)
            else:
                raise work.refused(member.filename, "is neither a file nor a folder")


@contextmanager
def _begun(archive: str | Path, folder: str | Path) -> Iterator[_Unpacking]:
    """Unpack within; then all is moved to `folder`, if there was no error."""
    path, there = Path(archive), Path(folder)
    there.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".unpacking-", dir=there) as name:
        work = _Unpacking(path, Path(name), max(ROOM, RATIO * path.stat().st_size))
        try:
            yield work
        except (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            raise DataError(f"{path}: cannot be unpacked ({error}). Remove it") from error
        for one in sorted(work.temporary.rglob("*")):
            target = there / one.relative_to(work.temporary)
            if target.is_symlink():
                raise work.refused(str(target), "is a link")
            if one.is_dir():
                target.mkdir(exist_ok=True)
            else:
                one.replace(target)


@contextmanager
def torchvision_by_rules() -> Iterator[None]:
    """Within, torchvision's data sets unpack what they download, or find, by these rules."""
    from torchvision.datasets import utils

    own: dict[str, Any] = utils._ARCHIVE_EXTRACTORS
    before = dict(own)
    own.update({".tar": unpack_tar, ".zip": unpack_zip})
    try:
        yield
    finally:
        own.update(before)
