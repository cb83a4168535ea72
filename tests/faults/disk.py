"""What a loss of power may leave: the changes of a real run, replayed on a model of a disk.

What was written since the last fsync of a file may be there, be cut, be zeros, or be lost. A change of a folder (a name
made, renamed, linked or removed) that no fsync of that folder has followed may have happened or not, whatever became of
the others; a rename is one change. Nothing else brings a change to the disk, which is less than ext4, XFS or btrfs
promise.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Tree = dict[
    str, bytes | None
]  # by relative path, in the order of walking: the bytes of a file; None of a folder
ALL_SUBSETS = 6  # changes of a folder, of which every subset is tried


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the journal of `shim.c`."""

    what: str
    node: int
    place: int
    path: str
    to: str
    content: bytes


def journal(path: Path) -> Iterator[Change]:
    """The changes that a process has made, in their order."""
    with path.open("rb") as file:
        for line in file:
            what, node, place, size, name, to = line.decode().rstrip("\n").split("\t")
            yield Change(what, int(node), int(place), name, to, file.read(int(size)))


@dataclass(eq=False, slots=True)
class File:
    """What a file holds, and what of that is on the disk."""

    synced: bytes = b""
    now: bytes = b""

    def sync(self) -> None:
        """An fsync of the file."""
        self.synced = self.now

    def remains(self) -> Sequence[bytes]:
        """What may be left of it: first all, last what is on the disk."""
        if self.now == self.synced:
            return (self.now,)
        old, new = self.synced, self.now
        safe = min(old, new, key=len)  # which was not touched
        while not (old.startswith(safe) and new.startswith(safe)):
            safe = safe[:-1]
        more = len(new) - len(safe)
        return tuple(dict.fromkeys((new, new[: len(safe) + more // 2], safe + bytes(more), safe, old)))


@dataclass(eq=False, slots=True)
class Folder:
    """Names, those on the disk and the changes since; a change gives nodes, or None, to one or two names."""

    synced: dict[str, Node] = field(default_factory=dict)
    pending: list[Mapping[str, Node | None]] = field(default_factory=list)

    def sync(self) -> None:
        """An fsync of the folder."""
        self.synced, self.pending = self.names(range(len(self.pending))), []

    def names(self, kept: Sequence[int]) -> dict[str, Node]:
        """The names where only these of the pending changes have happened."""
        found: dict[str, Node | None] = dict(self.synced)
        for index in kept:
            found.update(self.pending[index])
        return {name: node for name, node in found.items() if node is not None}

    def remains(self) -> Sequence[Sequence[int]]:
        """Which of the pending changes may have happened: first all, last none."""
        every = tuple(range(len(self.pending)))
        if len(every) <= ALL_SUBSETS:
            return [
                kept
                for size in reversed(range(len(every) + 1))
                for kept in itertools.combinations(every, size)
            ]
        prefixes = [every[:length] for length in reversed(every)]
        others = [tuple(i for i in every if i != left) for left in every] + [(one,) for one in every]
        return list(dict.fromkeys([every, *others, *prefixes]))


Node = File | Folder


class Disk:
    """A folder as a journal leaves it, and as a loss of power may."""

    def __init__(self, root: Path) -> None:
        """What is in `root` now is on the disk."""
        self._root, self._nodes = root, dict[int, Node]()
        self.top: Node = self._imported(root)

    def _imported(self, path: Path) -> Node:
        node: Node = File(path.read_bytes(), path.read_bytes()) if path.is_file() else Folder()
        node = self._nodes.setdefault(path.stat().st_ino, node)  # a hard link is the same file
        if isinstance(node, Folder):
            node.synced = {entry.name: self._imported(entry) for entry in path.iterdir()}
        return node

    def apply(self, change: Change) -> None:
        """Do what the journal says was done."""
        if change.what in ("write", "truncate", "fsync", "seen"):
            node = self._nodes.get(change.node)
            if node is not None:  # else it is not a file of the run
                self._follow(node, change.path)
                self._apply_to(node, change)
            return
        folder, name = self._place(change.path)
        if change.what in ("create", "mkdir"):
            node = self._nodes[change.node] = File() if change.what == "create" else Folder()
            folder.pending.append({name: node})
        elif change.what == "remove":
            folder.pending.append({name: None})
        else:
            other, to = self._place(change.to)
            node = self._nodes[change.node]
            assert other is folder or change.what == "link", "a rename between folders is not in the model"
            other.pending.append({to: node} if change.what == "link" else {name: None, to: node})

    def _follow(self, node: Node, path: str) -> None:
        """Notice a rename that the journal does not have, by a system call that went past it."""
        if node is self.top:
            return
        folder, name = self._place(path)
        names = _now(folder)
        if names.get(name) is not node:
            before = next(old for old, one in names.items() if one is node)
            folder.pending.append({before: None, name: node})

    @staticmethod
    def _apply_to(node: Node, change: Change) -> None:
        if change.what == "fsync":
            node.sync()
        elif change.what != "seen":
            assert isinstance(node, File)
            kept, size = node.now, change.place
            if change.what == "truncate":
                node.now = kept[:size] + bytes(size - min(size, len(kept)))
            else:
                gap = bytes(max(size - len(kept), 0))
                node.now = kept[:size] + gap + change.content + kept[size + len(change.content) :]

    def _place(self, path: str) -> tuple[Folder, str]:
        *parents, name = Path(path).relative_to(self._root).parts
        node = self.top
        for part in parents:
            node = _now(node)[part]
        assert isinstance(node, Folder)
        return node, name

    def tree(self) -> Tree:
        """All as it is now."""
        return dict(_walk(self.top, {}))

    def remains(self, limit: int, chance: random.Random) -> Iterator[Tree]:
        """What a loss of power at this moment may leave.

        All of it where that is at most `limit`. Else each thing in each of its ways while all others are whole or lost;
        and ways of all things by chance, `limit` in all.
        """
        every: dict[Node, Sequence[object]] = {node: node.remains() for node in self._reachable()}
        open_ = {node: ways for node, ways in every.items() if len(ways) > 1}
        if math.prod(map(len, open_.values())) <= limit:
            for chosen in itertools.product(*open_.values()):
                yield dict(_walk(self.top, dict(zip(open_, chosen, strict=True))))
            return
        done = 0
        for base in (0, -1):
            all_ = {node: ways[base] for node, ways in open_.items()}
            for node, ways in open_.items():
                for way in ways:
                    done += 1
                    yield dict(_walk(self.top, all_ | {node: way}))
        for _ in range(limit - done):
            yield dict(_walk(self.top, {node: chance.choice(ways) for node, ways in open_.items()}))

    def _reachable(self) -> list[Node]:
        """Every file and folder that may have a name."""
        found: dict[Node, None] = {self.top: None}
        queue: list[Node] = [self.top]
        while queue:
            node = queue.pop()
            if isinstance(node, Folder):
                named = [*node.synced.values(), *(one for change in node.pending for one in change.values())]
                new = [one for one in named if one is not None and one not in found]
                found |= dict.fromkeys(new)
                queue += new
        return list(found)


def _now(node: Node) -> dict[str, Node]:
    return node.names(range(len(node.pending))) if isinstance(node, Folder) else {}


def _walk(node: Node, ways: Mapping[Node, object], path: str = "") -> Iterator[tuple[str, bytes | None]]:
    """The paths below a node, where what is not among `ways` is as it is now."""
    if isinstance(node, File):
        content = ways.get(node, node.now)
        assert isinstance(content, bytes)
        yield path, content
        return
    if path:
        yield path, None
    kept = ways.get(node, range(len(node.pending)))
    for name, one in sorted(node.names(kept).items()):  # type: ignore[arg-type]
        yield from _walk(one, ways, f"{path}/{name}" if path else name)


class Pool:
    """Trees written to one place, one after the other; knows those that were written before."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._names: dict[bytes, bytes] = {}  # by content
        self._seen: set[bytes] = set()

    def is_new(self, tree: Tree, beside: object = None) -> bool:
        """Whether no such tree was asked about before, with the same thing `beside` it."""
        key = hashlib.blake2b(repr(beside).encode(), digest_size=16)
        for path, content in tree.items():
            key.update(path.encode() + b"\0" + (b"" if content is None else self._name(content)) + b"\0")
        known = key.digest() in self._seen
        self._seen.add(key.digest())
        return not known

    def _name(self, content: bytes) -> bytes:
        if content not in self._names:
            self._names[content] = hashlib.blake2b(content, digest_size=16).digest()
        return self._names[content]

    def write(self, tree: Tree) -> None:
        """Make it real in the place, which must not be there."""
        self.place.mkdir()
        for path, content in tree.items():
            if content is None:
                (self.place / path).mkdir()
            else:
                (self.place / path).write_bytes(content)
