"""Safetensors whose header lies, and ftcli runs that somebody has changed."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from ftcli.models.pretrained.weights import REST
from ftcli.system import durable
from tests.hostile import payloads
from tests.hostile.case import Hostile, Make, each
from tests.hostile.payloads import PAYLOADS

FILE = "w.safetensors"
WEIGHTS = ("train", "images.yaml", "--dry-run", f"model.weights={FILE}")
EVAL, RESUME = ("eval", "--checkpoint", "runs/images"), ("train", "--resume", "runs/images")
EPOCH = "runs/images/checkpoints/epoch-0001"
TITLE = "\x1b]0;pwned\x07\x9b31m\u202egnp"  # sets the title of a terminal, its colour, and writes backwards


def tensor(start: int, end: int, shape: Any = (1,), dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def header(name: str, content: Any, body: int = 8, *, length: int | None = None, **options: Any) -> Hostile:
    """A file of weights with this header, JSON or bytes, and so many bytes of tensors."""

    def make(folder: Path) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        size = len(data) if length is None else length
        (folder / FILE).write_bytes(struct.pack("<Q", size) + data + bytes(body))

    return Hostile(name, make, WEIGHTS, (FILE,), **options)


def long_header(folder: Path) -> None:
    """A header that is there, of 200 MB; the file is sparse."""
    with (folder / FILE).open("wb") as file:
        file.write(struct.pack("<Q", 200_000_000) + b"{")
        file.truncate(200_000_008)


def twice(name: str) -> bytes:
    one = json.dumps(tensor(0, 4))
    return f'{{"{name}":{one},"{name}":{one}}}'.encode()


def rest(other: str) -> Make:
    """Weights that call another file theirs."""

    def make(folder: Path) -> None:
        save_file({"a": torch.zeros(1)}, folder / FILE, metadata={REST: other})
        payloads.bare(folder / "rest.pth", PAYLOADS["exec"]())

    return make


HEADERS = [
    header("length-100-MB", {"a": tensor(0, 4)}, length=100_000_000),
    header("length-negative", {"a": tensor(0, 4)}, length=2**64 - 1),
    header("length-zero", b"", 0),
    Hostile("length-200-MB-in-the-file", long_header, WEIGHTS, (FILE,)),
    header("overlap", {"a": tensor(0, 4), "b": tensor(2, 6)}),
    header("same-bytes", {"a": tensor(0, 4), "b": tensor(0, 4)}, 4),
    header("overflow", {"a": tensor(0, 2**63)}),
    header("wraps", {"a": tensor(2**64 - 4, 0)}),
    header("behind-the-end", {"a": tensor(0, 4000, [1000])}),
    header("backwards", {"a": tensor(8, 0)}),
    header("hole", {"a": tensor(4, 8)}),
    header("same-name", twice("a"), 4),
    header("shape-too-large", {"a": tensor(0, 8, [1 << 40])}),
    header("shape-wraps", {"a": tensor(0, 8, [1 << 32, 1 << 32])}),
    header("shape-negative", {"a": tensor(0, 8, [-2])}),
    header("dtype-unknown", {"a": tensor(0, 8, [1], "X99")}),
    header("dtype-too-small", {"a": tensor(0, 8, [1], "F16")}),
    header("no-JSON", b"\x80\x04cposix\nsystem\n."),
    header("no-text", b"\xff\xfe{}"),
    header("a-list", [1, 2]),
    header("deep", b'{"a":' * 100_000),
    header("many-tensors", {f"t{number}": tensor(0, 0, [0]) for number in range(20_000)}, 0),
    header("many-dimensions", {"a": tensor(0, 4, [1] * 100_000)}, 4),
    header("names-that-steer", {TITLE: tensor(0, 4), f"a\n{TITLE}": tensor(4, 8)}),
    Hostile("rest-elsewhere", rest("../../../../etc/passwd"), WEIGHTS, ("passwd",)),
    Hostile("rest-is-a-pickle", rest("rest.pth"), WEIGHTS, ("rest.pth",)),
]


def tampered(path: str, change: Callable[[Path], object]) -> Make:
    """A file of a checkpoint is changed, and its manifest made to fit."""

    def make(folder: Path) -> None:
        (folder / "runs/images/summary.json").unlink()
        target = folder / EPOCH / path
        change(target)
        if path != durable.MANIFEST:
            manifest = target.with_name(durable.MANIFEST)
            document = json.loads(manifest.read_text())
            document["files"][path] = durable.digest(target)
            manifest.write_text(json.dumps(document))

    return make


def in_run(path: str, change: Callable[[Path], object]) -> Make:
    """A file of a run is changed."""

    def make(folder: Path) -> None:
        (folder / "runs/images/summary.json").unlink()
        change(folder / "runs/images" / path)

    return make


def finished(**progress: Any) -> Make:
    """The progress of a finished run is changed."""

    def make(folder: Path) -> None:
        state = folder / EPOCH / "state.json"
        document = json.loads(state.read_text())
        state.write_text(json.dumps(document | {"progress": document["progress"] | progress}))

    return make


def pickled(path: Path) -> None:
    payloads.bare(path, PAYLOADS["exec"]())


def archived(path: Path) -> None:
    payloads.archive(path, PAYLOADS["system"]())


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


def fields(**changed: Any) -> Callable[[Path], object]:
    """Other values in a JSON file."""

    def change(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))

    return change


DEEP = "[" * 200_000
OWN = [
    Hostile("own-weights", tampered("model.safetensors", pickled), EVAL, ("model.safetensors",)),
    Hostile("own-weights-archive", tampered("model.safetensors", archived), EVAL, ("model.safetensors",)),
    Hostile("own-state", tampered("state.json", pickled), RESUME, ("epoch-0001",)),
    Hostile("own-state-deep", tampered("state.json", text(DEEP)), RESUME, ("epoch-0001",)),
    Hostile("own-state-list", tampered("state.json", text("[]")), RESUME, ("epoch-0001",)),
    Hostile("own-state-progress", tampered("state.json", fields(progress=7)), RESUME, ("epoch-0001",)),
    Hostile("own-finished-epoch", finished(epoch="many"), RESUME, ("is finished",), harmless=True),
    Hostile("own-finished-stale", finished(stale=[], planned={}), RESUME, ("is finished",), harmless=True),
    Hostile("own-optimizer", tampered("training.safetensors", pickled), RESUME, ("epoch-0001",)),
    Hostile("own-optimizer-none",
            tampered("training.safetensors", lambda path: save_file({"x": torch.zeros(1)}, path)), RESUME,
            ("epoch-0001",)),
    Hostile("own-manifest", tampered("manifest.json", pickled), EVAL, ("manifest.json",)),
    Hostile("own-manifest-elsewhere",
            tampered("manifest.json", text('{"format": 1, "files": {"../../../x": {"bytes": 0, "sha256": ""}}}')), EVAL,
            ("manifest.json",)),
    Hostile("own-manifest-deep", tampered("manifest.json", text(DEEP)), EVAL, ("manifest.json",)),
    Hostile("own-target", in_run("model/target.json", pickled), EVAL, ("target.json",)),
    Hostile("own-target-deep", in_run("model/target.json", text(DEEP)), EVAL, ("target.json",)),
    Hostile("own-target-list", in_run("model/target.json", text("[]")), EVAL, ("target.json",)),
    Hostile("own-target-fields", in_run("model/target.json", text('{"classes": 1, "counts": []}')), EVAL,
            ("target.json",)),
    Hostile("own-backbone", in_run("model/backbone.json", pickled), EVAL, ("backbone.json",)),
    Hostile("own-backbone-form", in_run("model/backbone.json", fields(form="os:system")), EVAL, ("backbone.json",)),
    Hostile("own-backbone-name", in_run("model/backbone.json", fields(name="../../evil")), EVAL, ("backbone.json",)),
    Hostile("own-yaml", in_run("experiment.yaml", text("task: !!python/object/apply:os.system ['touch x']\n")), EVAL,
            ("experiment.yaml",)),
    Hostile("own-environment", in_run("environment.json", pickled), EVAL, harmless=True),
]  # fmt: skip


@each(HEADERS)
def test_a_header_is_refused(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


@each(OWN)
def test_a_run_that_was_changed(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


@pytest.mark.parametrize("name", ["metrics.jsonl", "log.txt"])
def test_nothing_is_written_through_a_link(
    name: str, opened: Callable[[Hostile], object], tmp_path: Path
) -> None:
    """A link in a shared run directory, to a file of the user."""
    own = tmp_path / "own.txt"
    own.write_text("mine\n" * 1000)

    def make(folder: Path) -> None:
        run = folder / "runs/images"
        (run / "summary.json").unlink()
        (run / name).unlink()
        (run / name).symlink_to(own)

    opened(Hostile(name, make, RESUME, (name,)))
    assert own.read_text() == "mine\n" * 1000


def test_a_link_among_the_checkpoints_is_not_followed(tmp_path: Path) -> None:
    """What is pruned is the link."""
    from ftcli.runs.checkpoints import naming, retention

    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("years of work")
    folder = tmp_path / "checkpoints"
    for epoch in (2, 3):
        with durable.written(folder / naming.name(epoch)):
            pass
    (folder / naming.name(1)).symlink_to(foreign)
    (folder / f"epoch-0009.removed-{'0' * 16}").symlink_to(foreign)
    (folder / f"epoch-0008.partial-{'0' * 16}").symlink_to(foreign / "thesis.tex")
    retention.prune(folder, 3, newest=1)
    assert sorted(path.name for path in folder.iterdir()) == ["epoch-0003"]
    assert (foreign / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_every_file_of_a_run_has_the_permissions_of_the_umask(
    umask: int, honest: Path, tmp_path: Path, room: Any
) -> None:
    work = tmp_path / "work"
    shutil.copytree(honest, work, ignore=shutil.ignore_patterns("runs"))
    command = "sys.argv = ['ftcli', 'train', 'texts.yaml']; from ftcli.cli import app; app.main()"
    ended = room.unsafe(work, f"import os, sys; os.umask({umask}); {command}")
    assert ended.status == 0, ended
    run = work / "runs/texts"
    modes = {path.stat().st_mode & 0o777 for path in run.rglob("*") if path.is_file()}
    assert modes == {0o666 & ~umask}
    folders = {path.stat().st_mode & 0o777 for path in (run, *run.rglob("*")) if path.is_dir()}
    assert folders == {0o777 & ~umask}
    assert not os.access(run / "nothing", os.F_OK)
