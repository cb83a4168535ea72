"""The model of a disk: what it takes for safe is safe, and what it takes for lost can be lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.disk import Change, Disk, Tree

NEW, OLD = b"new content", b"old"


def left(tmp_path: Path, *steps: str) -> list[Tree]:
    """What a loss of power may leave after steps such as "write a"; an `old` file is there before."""
    (tmp_path / "old").write_bytes(OLD)
    disk = Disk(tmp_path)
    top, nodes = tmp_path.stat().st_ino, {"old": (tmp_path / "old").stat().st_ino, "a": -1}
    for step in steps:
        what, name, *to = step.split()
        node = top if name == "." else nodes[name]
        path = "" if name == "." else f"{tmp_path}/{name}"
        disk.apply(
            Change(what, node, 0, path, f"{tmp_path}/{to[0]}" if to else "", NEW if what == "write" else b"")
        )
        if to:
            nodes[to[0]] = node
    found: list[Tree] = []
    for tree in disk.remains(1000, random.Random(0)):
        found += [] if tree in found else [tree]
    return found


@pytest.mark.parametrize(
    ("steps", "lost", "torn"),
    [
        (("create a", "write a", "fsync a", "rename a old", "fsync ."), False, False),
        (("create a", "write a", "fsync a", "rename a old"), True, False),
        (("create a", "write a", "rename a old", "fsync ."), True, True),
        (("create a", "write a", "rename a old"), True, True),
        (("truncate old", "write old"), True, True),
        (("truncate old", "write old", "fsync old"), False, False),
    ],
)
def test_old_or_new_or_torn(tmp_path: Path, steps: tuple[str, ...], lost: bool, torn: bool) -> None:
    """By the order of fsync and rename a file is new, or old, or neither."""
    contents = {tree.get("old") for tree in left(tmp_path, *steps)}
    assert NEW in contents
    assert bool(contents & {OLD, b"", None}) == lost
    assert bool(contents - {OLD, NEW, None}) == torn


def test_names_come_and_go_each_on_its_own(tmp_path: Path) -> None:
    trees = left(tmp_path, "create a", "remove old")
    assert [sorted(tree) for tree in trees] == [["a"], ["a", "old"], [], ["old"]]


def test_a_rename_is_one_change_and_a_link_leaves_the_first_name(tmp_path: Path) -> None:
    assert [sorted(tree) for tree in left(tmp_path, "rename old b")] == [["b"], ["old"]]
    assert [sorted(tree) for tree in left(tmp_path, "link old b")] == [["b", "old"], ["old"]]


def test_a_bound_still_tries_each_thing_in_each_way(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    for index in range(8):
        disk.apply(Change("create", index + 1, 0, f"{tmp_path}/{index}", "", b""))
        disk.apply(Change("write", index + 1, 0, f"{tmp_path}/{index}", "", NEW))
    trees = list(disk.remains(200, random.Random(0)))
    assert len(trees) == 200
    for name in map(str, range(8)):
        assert {tree.get(name) for tree in trees} == {NEW, NEW[:5], bytes(len(NEW)), b"", None}
