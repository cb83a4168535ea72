"""Folders that exist whole or not at all, whatever happens to the process, the disk or the power.

A folder is written under a temporary name, every file flushed to the disk; a manifest with the size and SHA-256 of each
file comes last; then one rename gives the folder its name, and the folder around it is flushed too. So what has the
name is whole, unless the disk has changed it since, and `verify` detects that. Afterwards nothing in it is ever written
again: a file is dropped, and leaves the manifest first; or the folder is removed, by one rename and then file by file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ftcli.errors import cut
from ftcli.system.bounded import read_json

MANIFEST = "manifest.json"
FORMAT = 1
# Bytes of a manifest.
_LARGEST = 16 << 20
_TEMPORARY = re.compile(r".+\.(partial|removed)-[0-9a-f]{16}")

# Windows opens no folder, and flushes only what may be written to.
FLUSHES_FOLDERS = os.name != "nt"
_FLUSHED_AS = os.O_RDONLY if FLUSHES_FOLDERS else os.O_RDWR

# What reading a JSON file raises, and looking into one that says something else than was written.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)

Digests = dict[str, dict[str, Any]]  # by name of a file: its `bytes` and its `sha256`


class DamageError(Exception):
    """What is wrong with a folder that was whole."""


@contextmanager
def written(folder: Path) -> Iterator[tuple[Path, Digests]]:
    """A folder to write files into, which becomes `folder` if all goes well, else nothing.

    A digest that the caller puts into the second value is not computed again. Raises `OSError`, also where `folder`
    exists.
    """
    known: Digests = {}
    with placed(folder) as partial:
        yield partial, known
        _seal(partial, known)


@contextmanager
def placed(folder: Path) -> Iterator[Path]:
    """A temporary folder, which becomes `folder` if all goes well, else nothing, no parent either; without a manifest.

    Raises `OSError`, also where `folder` exists by then.
    """
    partial = _temporary(folder, "partial")
    new = [parent for parent in folder.parents if not parent.exists()]
    try:
        make(folder.parent)
        partial.mkdir()
        yield partial
        for path in (*sorted(partial.rglob("*")), partial):
            flush(path)
        partial.rename(folder)
        flush(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        with suppress(OSError):  # what others have put there stays
            for parent in new:
                parent.rmdir()
        raise


def share(folder: Path, like: Path) -> None:
    """Give all files in a folder the permissions of the file `like`: some libraries write files for the user alone."""
    mode = stat.S_IMODE(like.stat().st_mode)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(mode)


def _seal(folder: Path, known: Digests) -> None:
    """Write the manifest."""
    names = sorted(entry.name for entry in folder.iterdir())
    for name in names:
        if name not in known:
            known[name] = digest(folder / name)
    (folder / MANIFEST).write_text(_manifest({name: known[name] for name in names}), encoding="utf-8")


def _manifest(files: Digests) -> str:
    return json.dumps({"format": FORMAT, "files": files}, indent=2) + "\n"


def manifest(folder: Path) -> Digests:
    """What the files of a folder were when it was written. Raises `DamageError`."""
    try:
        document = read_json(folder / MANIFEST, _LARGEST)
        if document["format"] != FORMAT:
            raise DamageError(f"{MANIFEST}: format {cut(repr(document['format']))} is not known")
        return {str(name): _digest_of(one) for name, one in document["files"].items()}
    except FileNotFoundError:
        raise DamageError(f"{MANIFEST} is missing") from None
    except OSError as error:
        raise DamageError(f"{MANIFEST}: {error.strerror}") from error
    except UNREADABLE as error:
        raise DamageError(f"{MANIFEST} cannot be read") from error


def _digest_of(given: Any) -> dict[str, Any]:
    """What a manifest says of a file. Raises `TypeError` where that is something else."""
    size, sha256 = given["bytes"], given["sha256"]
    if not isinstance(size, int) or not isinstance(sha256, str):
        raise TypeError
    return {"bytes": size, "sha256": sha256}


def verify(folder: Path, *, skip: Collection[str] = ()) -> None:
    """Raise `DamageError` unless the files of a folder, but for `skip`, are those that were written."""
    for name, wanted in manifest(folder).items():
        if name in skip:
            continue
        if Path(name).name != name:
            raise DamageError(f"{MANIFEST} names {name!r}")
        check_size(folder / name, wanted["bytes"])
        try:
            found = digest(folder / name)
        except OSError as error:
            raise DamageError(f"{name}: {error.strerror}") from error
        if found != wanted:
            raise DamageError(f"{name} is not what was written: its SHA-256 differs")


def check_size(path: Path, size: int) -> None:
    """Raise `DamageError` unless a file is there with as many bytes; it is not opened, as a pipe would wait."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise DamageError(f"{path.name} is missing") from None
    except OSError as error:
        raise DamageError(f"{path.name}: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        raise DamageError(f"{path.name} is not a file")
    if status.st_size != size:
        raise DamageError(f"{path.name} has {status.st_size:,} bytes, and was written with {size:,}")


def drop(folder: Path, name: str) -> None:
    """Remove a file from a folder, which is whole at every moment, with the file or without: the manifest goes first.

    Raises `DamageError` where there is no manifest to change. What a kill has left of it, another call removes.
    """
    files = manifest(folder)
    if files.pop(name, None) is not None:
        write_text(folder / MANIFEST, _manifest(files))
    tidy(folder)
    (folder / name).unlink(missing_ok=True)
    flush(folder)


def make(folder: Path) -> None:
    """Make a folder, and those around it that are missing; their names are on the disk."""
    missing = [one for one in (folder, *folder.absolute().parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        flush(one.absolute().parent)


def remove(folder: Path) -> None:
    """Remove a folder. A kill leaves only a ...removed-... folder. A symbolic link is unlinked, its target stays."""
    away = _temporary(folder, "removed")
    folder.rename(away)
    flush(folder.parent)  # else the name could come back without the files
    delete(away)


def delete(path: Path) -> None:
    """Remove a file, or a folder with its content. A symbolic link is unlinked, its target stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)  # follows no links
    else:
        path.unlink()


def tidy(parent: Path) -> None:
    """Remove what killed processes left half written or half removed. No other process may be writing in `parent`."""
    if parent.is_dir():
        for entry in list(parent.iterdir()):
            if is_temporary(entry):
                # What cannot be removed does no harm.
                with suppress(OSError):
                    delete(entry)


def is_temporary(path: Path) -> bool:
    """Whether a file or folder is half written or half removed, left by a killed process."""
    return _TEMPORARY.fullmatch(path.name) is not None


def digest(path: Path) -> dict[str, Any]:
    """The size of a file and its SHA-256."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": file.tell(), "sha256": sha256}


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk; for a folder only where the system can."""
    if not FLUSHES_FOLDERS and path.is_dir():
        return
    descriptor = os.open(path, _FLUSHED_AS)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which takes the place of `path` if all goes well, else is removed."""
    partial = _temporary(path, "partial")
    try:
        yield partial
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a small file, whole or not at all. Of names that are not UTF-8 it gets escapes, which JSON reads back."""
    with replaced(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")
        flush(partial)
    flush(path.parent)


def _temporary(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}-{secrets.token_hex(8)}")
