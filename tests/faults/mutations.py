"""Damages to a checkpoint, by chance: what disks, copies and people do to files."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[bytes, random.Random], bytes | None]  # the new content, or None for no file


def _truncated(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))] if len(content) > 1 else b""


def _flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _zeroed(content: bytes, chance: random.Random) -> bytes:
    """The tail that a file system had no time to write."""
    kept = chance.randrange(len(content))
    changed = content[:kept] + bytes(len(content) - kept)
    return changed if changed != content else _flipped(content, chance)


def _foreign(content: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(len(content))


def _bad_json(content: bytes, chance: random.Random) -> bytes:
    return b'{"progress": ' + chance.choice([b"", b"nul", b"[" * 100_000, b"1}", b"\xff\xfe"])


DAMAGES: dict[str, Damage] = {
    "truncated": _truncated,
    "one bit flipped": _flipped,
    "its tail zeroed": _zeroed,
    "replaced": _foreign,
    "bad JSON": _bad_json,
    "empty": lambda content, chance: b"",
    "missing": lambda content, chance: None,
}


def mutate(folder: Path, chance: random.Random) -> str:
    """Damage one file of a folder; says what was done. Other names of the same file keep its content."""
    path = chance.choice(sorted(entry for entry in folder.iterdir() if entry.stat().st_size))
    name = chance.choice(sorted(DAMAGES))
    content = path.read_bytes()
    changed = DAMAGES[name](content, chance)
    path.unlink()
    if changed is not None:
        path.write_bytes(changed)
    return f"{path.name}: {name}"
