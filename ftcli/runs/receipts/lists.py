"""Many hashes in few bytes: one over all of them, and a short one of each, by which the one that differs is named."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ftcli.system.file_hashes import Hashed

# Bytes of a short hash, the most first: two things that differ have the same one of 2 bytes once in 65,536 times,
# which the hash over all still reports.
_WIDTHS = (4, 3, 2)


def summary(items: Sequence[Hashed], most: int) -> dict[str, Any]:
    """What a receipt says of files or tensors; the short hashes take at most `most` characters, or are left out.

    `sha256` is over all names, sizes and hashes in the order of the names, `names` over the names alone.
    """
    ordered = sorted(items)
    return {
        "count": len(ordered),
        "bytes": sum(max(0, one.size) for one in ordered),
        "sha256": whole(ordered),
        "names": names(ordered),
        "short": _short(ordered, most),
    }


def whole(items: Sequence[Hashed]) -> str:
    """The hash over names, sizes and hashes."""
    return _digest(f"{one.name}\0{one.size}\0{one.sha256}\n" for one in sorted(items))


def names(items: Sequence[Hashed]) -> str:
    """The hash over the names."""
    return _digest(f"{one.name}\n" for one in sorted(items))


def differing(known: Mapping[str, Any], items: Sequence[Hashed]) -> list[str] | None:
    """The names of those that a summary has otherwise, in order; None where it cannot say which they are.

    It can where the names are the same, and it has short hashes.
    """
    ordered = sorted(items)
    if known["sha256"] == whole(ordered):
        return []
    short = base64.b64decode(known.get("short") or "")
    if not ordered or known["names"] != names(ordered) or not short or len(short) % len(ordered):
        return None
    width = len(short) // len(ordered)
    pairs = zip(_cut(short, width), ordered, strict=True)
    return [one.name for before, one in pairs if before != _bytes(one)[:width]] or None


def _short(ordered: Sequence[Hashed], most: int) -> str:
    for width in _WIDTHS:
        if 4 * -(-width * len(ordered) // 3) <= most:
            return base64.b64encode(b"".join(_bytes(one)[:width] for one in ordered)).decode()
    return ""


def _bytes(one: Hashed) -> bytes:
    """The hash; of what is not there zeros."""
    return bytes.fromhex(one.sha256) or bytes(32)


def _cut(short: bytes, width: int) -> list[bytes]:
    return [short[start : start + width] for start in range(0, len(short), width)]


def _digest(parts: Any) -> str:
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(part.encode(errors="surrogatepass"))
    return sha256.hexdigest()
