"""Paths of the user's machine in files that leave it: names of people, customers and servers are in them."""

from __future__ import annotations

import json
import mmap
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

# What follows the beginning of a path, for a message.
_REST = rb"[^\s\"'<>,;|\x00-\x1f\x7f]{0,200}"


def beginnings(more: Iterable[Path] = ()) -> tuple[str, ...]:
    """How absolute paths of this machine begin: home, the working folder, the Python installation, and `more`.

    A folder at the root of the file system, such as /usr or /data, is not one, as its name is in the files of anybody;
    only a home is.
    """
    home = _home()
    folders = [Path.cwd(), Path(sys.prefix), *more]
    found = {str(path) for folder in folders for path in (folder.absolute(), folder.resolve()) if _deep(path)}
    if home is not None and home != Path(home.anchor):
        found.add(f"{home}/" if not _deep(home) else str(home))
    return tuple(sorted(found))


def find(file: Path, known: Iterable[str]) -> str | None:
    """The first path in a file that begins as one of `known`, whatever the format of the file; None without any."""
    if not file.stat().st_size:
        return None
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _pattern(known).search(content)
        return None if found is None else found[0].decode("utf-8", errors="replace")


def _pattern(known: Iterable[str]) -> re.Pattern[bytes]:
    return re.compile(rb"(?:%s)%s" % (b"|".join(re.escape(one) for one in _written(known)), _REST))


def _written(known: Iterable[str]) -> Iterator[bytes]:
    """Each path as files hold it: as it is, and as JSON writes what is not ASCII."""
    for one in known:
        yield one.encode("utf-8", errors="surrogateescape")
        if not one.isascii():
            yield json.dumps(one)[1:-1].encode()


def _deep(path: Path) -> bool:
    return len(path.parts) > 2


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # of a user without one
        return None
