"""Pickles in every disguise, where weights are wanted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import payloads
from tests.hostile.case import Hostile, each
from tests.hostile.payloads import PAYLOADS
from tests.hostile.room import CANARY, Room

Disguise = Callable[[Path, Any], None]
TRAIN = ("train", "images.yaml", "--dry-run")


def weights(file: str, disguise: Disguise, payload: str, *said: str) -> Hostile:
    """A file of weights for training."""

    def make(folder: Path) -> None:
        disguise(folder / file, PAYLOADS[payload]())

    name = f"{getattr(disguise, '__name__', 'bare')}-{payload}-{file}"
    return Hostile(name, make, (*TRAIN, f"model.weights={file}"), (file, *said))


def by_hand(name: str, argument: str) -> Hostile:
    def make(folder: Path) -> None:
        payloads.by_hand(folder / "w.pth", name, argument)

    return Hostile(f"by-hand-{name}", make, (*TRAIN, "model.weights=w.pth"), ("w.pth",))


MORE = "holds more than weights"
CASES = [
    *(weights("w.pth", payloads.bare, payload, MORE) for payload in PAYLOADS),
    *(weights("w.pt", payloads.archive, payload, MORE) for payload in ("exec", "system", "partial", "open")),
    weights("w.bin", payloads.before_archives, "exec", MORE),
    weights("w.ckpt", payloads.before_archives, "system", MORE),
    weights("w.pth", payloads.in_tar, "exec"),
    weights("w.bin", payloads.in_tar, "system"),
    weights("w.pt", payloads.nested, "exec"),
    weights("w.pth", payloads.zipped, "exec"),
    weights("w.pth", payloads.gzipped, "exec"),
    weights("w.pth", payloads.objects, "exec"),
    weights("w.bin", payloads.several_arrays, "exec"),
    weights("w.ckpt", payloads.module, "exec", MORE),
    weights("w.pt", payloads.script, "exec"),
    weights("w.pt", payloads.setstate, "exec", MORE),
    weights("w.pth", payloads.after_tensors, "exec"),
    weights("w.pth", payloads.imports, "exec", MORE),
    by_hand("system", f"touch ${CANARY}"),
    by_hand("mkdir", "canary"),
    weights("w.safetensors", payloads.bare, "exec", "not a safetensors file"),
    weights("w.safetensors", payloads.archive, "system", "not a safetensors file"),
    weights("w.safetensors", payloads.in_tar, "exec", "not a safetensors file"),
    weights("w.npy", payloads.objects, "exec", ".npy"),
    weights("w.pkl", payloads.bare, "exec", "w.pkl"),
]


@each(CASES)
def test_is_refused(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_payload_would_run(payload: str, room: Room, tmp_path: Path) -> None:
    """Where a pickle is read without care: so the tests above can fail."""
    payloads.bare(tmp_path / "w.pth", PAYLOADS[payload]())
    ended = room.unsafe(tmp_path, "import torch; torch.load('w.pth', weights_only=False)")
    assert "made the canary" in ended.deeds, ended


@pytest.mark.parametrize(
    "disguise",
    [payloads.archive, payloads.before_archives, payloads.in_tar, payloads.nested, payloads.module, payloads.setstate,
     payloads.imports, partial(payloads.bare, protocol=5)],
)  # fmt: skip
def test_the_disguise_would_work(disguise: Disguise, room: Room, tmp_path: Path) -> None:
    disguise(tmp_path / "w.pth", PAYLOADS["exec"]())
    code = "import sys, torch; sys.path.insert(0, ''); torch.load('w.pth', weights_only=False)"
    ended = room.unsafe(tmp_path, code)
    assert "made the canary" in ended.deeds, ended
