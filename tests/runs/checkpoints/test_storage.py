"""Checkpoints on disk: complete or absent, and read back to the byte."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from ftcli.errors import RunError, WeightsError
from ftcli.models.pretrained.weights import read_weights
from ftcli.runs import more_epochs
from ftcli.runs.checkpoints import naming, retention, storage
from ftcli.system import durable
from tests.runs.checkpoints.written import names, state, write


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    given = write(tmp_path, 3)
    loaded = storage.load(tmp_path / "epoch-0003")
    assert torch.equal(loaded.weights["weight"], torch.full((2,), 3.0))
    assert loaded.metrics_bytes == 17
    assert {key: loaded.state[key] for key in ("progress", "schedule", "precision", "ema")} == {
        key: given[key] for key in ("progress", "schedule", "precision", "ema")
    }
    for name, value in given["optimizer"]["state"][0].items():
        assert torch.equal(loaded.state["optimizer"]["state"][0][name], value)
    again = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))])
    again.load_state_dict(loaded.state["optimizer"])


def test_average_and_raw_weights_are_both_kept(tmp_path: Path) -> None:
    write(tmp_path, 2, ema=True)
    loaded = storage.load(tmp_path / "epoch-0002")
    assert torch.equal(loaded.weights["weight"], torch.full((2,), 0.25))
    assert torch.equal(loaded.raw["weight"], torch.full((2,), 2.0))
    assert torch.equal(loaded.state["ema"]["weight"], loaded.weights["weight"])


def test_files_are_readable_as_the_umask_says(tmp_path: Path) -> None:
    write(tmp_path, 1)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "epoch-0001").iterdir()}
    assert len(modes) == 1


def test_a_failing_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)

    def full(tensors: Any, path: Path, metadata: Any) -> None:
        save_file(tensors, path, metadata)
        if path.name == storage.TRAINING:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "save_file", full)
    with pytest.raises(
        RunError,
        match=r"epoch-0002: the checkpoint could not be written.*No space left.*needs about 0 MB; [\d,]+ MB are free",
    ):
        write(tmp_path, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-0001"]
    storage.load(tmp_path / "epoch-0001")


def break_file(path: Path, damage: str) -> None:
    """Remove it, or put what is left of it under its name; other names of the same file keep theirs."""
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"")


@pytest.mark.parametrize("file", [storage.MODEL, storage.FROZEN, storage.TRAINING, storage.STATE])
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, file: str, damage: str) -> None:
    write_frozen(tmp_path, 1)
    break_file(tmp_path / "epoch-0001" / file, damage)
    with pytest.raises(RunError, match="epoch-0001: not a usable checkpoint"):
        storage.load(tmp_path / "epoch-0001")


def test_weights_with_channels_last_are_saved_as_any_others(tmp_path: Path) -> None:
    weight = torch.randn(4, 3, 2, 2).contiguous(memory_format=torch.channels_last)
    storage.save(
        tmp_path / "epoch-0001",
        {"weight": weight},
        {"weight": weight},
        state(),
        metrics_bytes=0,
        metrics_sha256="ab",
    )
    loaded = storage.load(tmp_path / "epoch-0001").weights["weight"]
    assert torch.equal(loaded, weight)
    assert loaded.is_contiguous()


def test_a_file_that_cannot_be_written_whole_is_an_answer(tmp_path: Path) -> None:
    """Safetensors has an error of its own for a full disk; a limit on the size of files stands in for one."""
    resource = pytest.importorskip("resource")
    weights = {"weight": torch.zeros(50_000)}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(RunError, match="epoch-0001: the checkpoint could not be written"):
            storage.save(
                tmp_path / "epoch-0001", weights, weights, state(), metrics_bytes=0, metrics_sha256="ab"
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_tied_weights_are_saved_under_both_names(tmp_path: Path) -> None:
    whole = torch.arange(6.0)
    weights = {"one": whole, "two": whole, "part": whole[2:4], "turned": whole.view(2, 3).t()}
    storage.save(
        tmp_path / "epoch-0001",
        weights,
        weights,
        state(),
        metrics_bytes=0,
        metrics_sha256="ab",
        frozen={"two", "part"},
    )
    loaded = storage.load(tmp_path / "epoch-0001").weights
    assert loaded.keys() == weights.keys()
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)


def test_nothing_is_copied_that_need_not_be() -> None:
    one = torch.rand(4, 3, 2, 2)
    given = {"one": one, "again": one, "last": one.contiguous(memory_format=torch.channels_last)}
    apart = storage._apart(given)
    assert apart["one"].data_ptr() == one.data_ptr()
    assert len({value.untyped_storage().data_ptr() for value in apart.values()}) == 3
    assert all(torch.equal(value, one) and value.is_contiguous() for value in apart.values())


STILL = {"low.weight": torch.arange(4.0), "low.mean": torch.tensor([1, 2])}


def write_frozen(folder: Path, epoch: int, *, ema: bool = False, still: Any = STILL) -> Path:
    """A checkpoint of a run in which `still` is frozen and `weight` is the number of the epoch."""
    raw = {"weight": torch.full((2,), float(epoch)), **still}
    given = state(epoch)
    given["ema"] = {"weight": torch.full((2,), 0.25), **still} if ema else {}
    path = folder / naming.name(epoch)
    storage.save(
        path, given["ema"] or raw, raw, given, metrics_bytes=17, metrics_sha256="ab", frozen=frozenset(still)
    )
    return path


def inode(folder: Path) -> int:
    return (folder / storage.FROZEN).stat().st_ino


def whole(folder: Path, epoch: int) -> bool:
    loaded = storage.load(folder)
    assert loaded.weights.keys() == loaded.raw.keys() == {"weight", *STILL}
    assert all(torch.equal(loaded.weights[name], value) for name, value in STILL.items())
    assert all(torch.equal(loaded.raw[name], value) for name, value in STILL.items())
    return torch.equal(loaded.raw["weight"], torch.full((2,), float(epoch)))


@pytest.mark.parametrize("ema", [False, True])
def test_what_is_frozen_is_one_file(tmp_path: Path, ema: bool) -> None:
    folders = [write_frozen(tmp_path, epoch, ema=ema) for epoch in (1, 2, 3)]
    assert len({inode(folder) for folder in folders}) == 1
    assert all(whole(folder, epoch) for epoch, folder in enumerate(folders, 1))
    assert load_file(folders[2] / storage.MODEL).keys() == {"weight"}
    assert ("weights.weight" in load_file(folders[2] / storage.TRAINING)) == ema
    assert not [name for name in load_file(folders[2] / storage.TRAINING) if "low" in name]
    if ema:
        loaded = storage.load(folders[2])
        assert loaded.state["ema"].keys() == loaded.raw.keys()
        assert torch.equal(loaded.weights["weight"], torch.full((2,), 0.25))
    retention.prune(tmp_path, 3, newest=1)
    assert whole(folders[2], 3)
    assert (folders[2] / storage.FROZEN).stat().st_nlink == 1
    assert {path.name for path in tmp_path.iterdir()} == {"epoch-0003"}


def test_without_hard_links_what_is_frozen_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    folders = [write_frozen(tmp_path, epoch) for epoch in (1, 2)]
    assert inode(folders[0]) != inode(folders[1])
    assert all(whole(folder, epoch) for epoch, folder in enumerate(folders, 1))
    contents = [(folder / storage.FROZEN).read_bytes() for folder in folders]
    assert contents[0] == contents[1]


@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "of other names"])
def test_a_frozen_file_that_does_not_fit_is_written_anew(tmp_path: Path, damage: str) -> None:
    first = write_frozen(tmp_path, 1, still={"other": torch.ones(1)} if damage == "of other names" else STILL)
    if damage != "of other names":
        break_file(first / storage.FROZEN, damage)
    second = write_frozen(tmp_path, 2)
    assert whole(second, 2)


def test_where_nothing_is_frozen_the_layout_is_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, 1)
    files = {storage.MODEL, storage.TRAINING, storage.STATE, durable.MANIFEST}
    assert set(names(tmp_path / "epoch-0001")) == files


@pytest.mark.parametrize("ema", [False, True])
def test_a_checkpoint_without_the_split_goes_on_into_one_with_it(tmp_path: Path, ema: bool) -> None:
    raw = {"weight": torch.full((2,), 1.0), **STILL}
    given = state(1) | {"ema": {"weight": torch.full((2,), 0.25), **STILL} if ema else {}}
    storage.save(
        tmp_path / "epoch-0001", given["ema"] or raw, raw, given, metrics_bytes=17, metrics_sha256="ab"
    )
    assert whole(tmp_path / "epoch-0001", 1)
    assert whole(write_frozen(tmp_path, 2, ema=ema), 2)


def test_a_missing_frozen_file_is_said(tmp_path: Path) -> None:
    folder = write_frozen(tmp_path, 1)
    (folder / storage.FROZEN).unlink()
    words = "epoch-0001: not a usable checkpoint: frozen.safetensors is missing"
    for training in (True, False):
        with pytest.raises(RunError, match=words):
            storage.load(folder, training=training)
    with pytest.raises(WeightsError, match=r"model.safetensors holds only a part of its weights"):
        read_weights(folder / storage.MODEL)


@pytest.mark.parametrize("ema", [False, True])
def test_without_its_state_a_checkpoint_is_whole_and_says_so(tmp_path: Path, ema: bool) -> None:
    folders = [write_frozen(tmp_path, epoch, ema=ema) for epoch in (1, 2)]
    assert storage.load(folders[1]).trainable
    more_epochs.remove_state(tmp_path)
    for epoch, folder in enumerate(folders, 1):
        assert storage.TRAINING not in names(folder)
        loaded = storage.load(folder)
        assert not loaded.trainable
        assert not storage.holds_state(folder)
        assert loaded.state["progress"]["epoch"] == epoch
        wanted = torch.full((2,), 0.25 if ema else float(epoch))
        assert torch.equal(loaded.weights["weight"], wanted)
        assert torch.equal(storage.load(folder, training=False).weights["weight"], wanted)
    assert retention.latest(tmp_path)[0] == folders[1]
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    more_epochs.remove_state(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_newest_loses_its_state_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for epoch in (1, 2, 10):
        write(tmp_path, epoch)
    dropped: list[str] = []
    monkeypatch.setattr(durable, "drop", lambda folder, name: dropped.append(folder.name))
    more_epochs.remove_state(tmp_path)
    assert dropped == ["epoch-0001", "epoch-0002", "epoch-0010"]


def test_a_state_of_nothing_stays(tmp_path: Path) -> None:
    parameter = torch.nn.Parameter(torch.ones(2))
    given = state() | {"optimizer": torch.optim.SGD([parameter], lr=0.1).state_dict()}
    raw = {"weight": torch.zeros(2)}
    storage.save(tmp_path / "epoch-0001", raw, raw, given, metrics_bytes=0, metrics_sha256="ab")
    more_epochs.remove_state(tmp_path)
    assert storage.load(tmp_path / "epoch-0001").trainable


def test_only_what_is_ours_is_removed(tmp_path: Path) -> None:
    """A link among the checkpoints, one without a manifest, and a file that a kill has left."""
    foreign, folder = tmp_path / "foreign", tmp_path / "checkpoints"
    write(foreign, 1)
    for epoch in (2, 3):
        write(folder, epoch)
    (folder / "epoch-0001").symlink_to(foreign / "epoch-0001")
    (folder / "epoch-0002" / durable.MANIFEST).unlink()
    content = (folder / "epoch-0003" / storage.TRAINING).read_bytes()
    more_epochs.remove_state(folder)
    left = [path.name for path in naming.found(folder) if (path / storage.TRAINING).exists()]
    assert left == ["epoch-0001", "epoch-0002"]
    (folder / "epoch-0003" / storage.TRAINING).write_bytes(content[:-1])
    assert not storage.load(folder / "epoch-0003").trainable
    more_epochs.remove_state(folder)
    assert storage.TRAINING not in names(folder / "epoch-0003")


def test_a_state_that_cannot_be_removed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)

    def refuse(folder: Path, name: str) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(durable, "drop", refuse)
    with pytest.raises(RunError, match=r"the optimizer's state cannot be removed: .*Permission denied"):
        more_epochs.remove_state(tmp_path)
