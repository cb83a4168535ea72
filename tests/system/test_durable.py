"""Folders that are there whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ftcli.errors import RunError
from ftcli.system import durable
from ftcli.system.lock import Lock
from tests.killing import Killed, kill_at


def fill(folder: Path) -> None:
    with durable.written(folder) as (partial, _):
        (partial / "a").write_bytes(b"one")
        (partial / "b").write_bytes(b"two")


def test_what_was_written_verifies(tmp_path: Path) -> None:
    fill(tmp_path / "x")
    durable.verify(tmp_path / "x")
    assert sorted(entry.name for entry in (tmp_path / "x").iterdir()) == ["a", "b", durable.MANIFEST]
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]
    assert durable.manifest(tmp_path / "x")["a"]["bytes"] == 3


class Disk:
    """What has reached the disk, by the order of calls: a name or content that was not flushed can still be lost."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str]] = []
        flush, rename = durable.flush, Path.rename

        def flushed(path: Path) -> None:
            self.calls.append(("flush", path.name.split(".partial")[0]))
            flush(path)

        def renamed(path: Path, to: Path) -> Path:
            self.calls.append(("rename", to.name))
            return rename(path, to)

        monkeypatch.setattr(durable, "flush", flushed)
        monkeypatch.setattr(Path, "rename", renamed)


def test_all_is_on_the_disk_before_the_name_and_the_name_before_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With this order no loss of power leaves a folder with its name and without its content."""
    disk = Disk(monkeypatch)
    fill(tmp_path / "x")
    assert disk.calls == [
        ("flush", "a"), ("flush", "b"), ("flush", durable.MANIFEST), ("flush", "x"), ("rename", "x"),
        ("flush", tmp_path.name),
    ]  # fmt: skip


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("when", range(1, 8))
def test_a_folder_is_whole_whenever_a_file_is_dropped(tmp_path: Path, when: int, after: bool) -> None:
    fill(tmp_path / "x")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_at(patch, when, after=after)
        durable.drop(tmp_path / "x", "b")
        raise Killed  # there were no more calls
    durable.verify(tmp_path / "x")
    assert (tmp_path / "x/a").read_bytes() == b"one"
    if "b" in durable.manifest(tmp_path / "x"):
        assert (tmp_path / "x/b").read_bytes() == b"two"
    durable.drop(tmp_path / "x", "b")
    assert sorted(entry.name for entry in (tmp_path / "x").iterdir()) == ["a", durable.MANIFEST]
    durable.verify(tmp_path / "x")


def test_the_manifest_forgets_a_file_before_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And that is on the disk: power may be lost, too."""
    fill(tmp_path / "x")
    disk = Disk(monkeypatch)
    unlink = Path.unlink

    def unlinked(path: Path, missing_ok: bool = False) -> None:
        disk.calls.append(("unlink", path.name))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlinked)
    durable.drop(tmp_path / "x", "b")
    assert disk.calls == [("flush", durable.MANIFEST), ("flush", "x"), ("unlink", "b"), ("flush", "x")]


@pytest.mark.parametrize("lost", [("a",), ("b",), ("a", "b"), (durable.MANIFEST,), ("a", durable.MANIFEST)])
@pytest.mark.parametrize("how", ["missing", "empty", "zeros"])
def test_a_disk_that_lies_about_flushing_is_found_out(
    tmp_path: Path, lost: tuple[str, ...], how: str
) -> None:
    fill(tmp_path / "x")
    for name in lost:
        path = tmp_path / "x" / name
        if how == "missing":
            path.unlink()
        else:
            path.write_bytes(b"" if how == "empty" else bytes(path.stat().st_size))
    with pytest.raises(durable.DamageError):
        durable.verify(tmp_path / "x")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"format": 2, "files": {}},
        {"format": 1, "files": {"a": 3}},
        {"format": 1, "files": {"../x/a": {"bytes": 3, "sha256": ""}}},
    ],
)
def test_a_manifest_that_is_none_is_damage(tmp_path: Path, document: object) -> None:
    fill(tmp_path / "x")
    (tmp_path / "x" / durable.MANIFEST).write_text(json.dumps(document))
    with pytest.raises(durable.DamageError):
        durable.verify(tmp_path / "x")


def test_nothing_is_left_of_what_failed_and_a_name_is_given_once(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), durable.written(tmp_path / "x") as (partial, _):
        (partial / "a").write_bytes(b"one")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    fill(tmp_path / "x")
    with pytest.raises(OSError, match="not empty"):
        fill(tmp_path / "x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]


def test_leftovers_are_tidied_and_nothing_else(tmp_path: Path) -> None:
    names = ("x.partial-0123456789abcdef", "x.removed-0123456789abcdef", "x.partial-mine", "removed")
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / "s.json.partial-0123456789abcdef").write_text("")
    durable.tidy(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["removed", "x.partial-mine"]
    fill(tmp_path / "x")
    durable.remove(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_lock_is_free_when_its_process_ends(tmp_path: Path) -> None:
    mine = Lock(tmp_path)
    mine.take()
    child = os.fork()
    if child == 0:
        try:
            Lock(tmp_path).take()
        except RunError as error:
            os._exit(7 if f"in use by process {os.getppid()} on" in str(error) else 8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    mine.free()
    child = os.fork()
    if child == 0:
        Lock(tmp_path).take()
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    mine.take()
    assert mine.held


def test_names_that_are_not_utf8_are_read_back_from_json(tmp_path: Path) -> None:
    durable.write_text(tmp_path / "a.json", json.dumps({"a": "caf\udce9"}, ensure_ascii=False))
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"a": "caf\udce9"}
