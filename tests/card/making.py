"""Runs with all that a card is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.report.making import CLASSES, YAML, add_checkpoint, make_run, summary, write_json

ORIGIN = {
    "version": 1,
    "weights": {
        "hub": "google/vit", "revision": "c0ffee" * 6 + "0000",
        "licence": {"id": "apache-2.0", "stated_in": "README.md"},
    },
    "data": {"languages": ["en"], "licence": {"id": "apache-2.0", "stated_in": "LICENSE"}},
}  # fmt: skip
HUB = YAML.replace("torchvision/mobilenet_v2", "google/vit").replace("photos", "/home/Jo Doe/photos")
DIGEST = "a5b2716185d4b69bd2e576f4861cd11c"
DATA = {
    "train": {"examples": 240, "digest": DIGEST[::-1]},
    "val": {"examples": 80, "digest": DIGEST},
    "test": {"examples": 80, "digest": DIGEST},
}
SHA256 = "0123456789abcdef" * 4


def make_whole_run(path: Path, classes: Sequence[str] = CLASSES, **changed: Any) -> Path:
    """A run of weights of the hub, with its origin and a checkpoint; `changed` as for `make_run`."""
    ended = summary() | {"backbone": "google/vit", "ended": "2026-08-01T12:00:00+00:00"}
    documents: dict[str, Any] = {"origin": ORIGIN, "data": DATA, "experiment": HUB, "summary": ended}
    run = make_run(path, classes=classes, **(documents | changed))
    add_checkpoint(run, 17)
    write_json(run / "model/target.json", {"kind": "single-label", "classes": list(classes)})
    write_json(run / "model/config.json", {"architectures": ["ViTModel"]})
    return run


def add_receipt(run: Path) -> None:
    """Hashes of the files that it was made from."""
    receipt = {"receipt": "ftcli", "version": 1, "read": "whole"}
    hashes = {"data": {"sha256": SHA256}, "weights": {"sha256": SHA256[::-1]}}
    write_json(run / "receipt.json", receipt | hashes)
    lines = ["kind,name,bytes,sha256", f"data,a.jpg,3,{SHA256}", f"weights,vit/model.safetensors,7,{SHA256}"]
    (run / "receipt-files.csv").write_text("".join(f"{line}\n" for line in lines))
