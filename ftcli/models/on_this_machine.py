"""Which networks have their weights on this machine. No torch here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ftcli.models.catalogue import Entry, entries

_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True, slots=True)
class Stored:
    """A network on this machine: what `model.backbone` takes, bytes on the disk, and where they are."""

    name: str
    source: str  # "torchvision" or "huggingface"
    bytes: int
    path: Path


def stored() -> list[Stored]:
    """Networks with weights in the caches of torch and Hugging Face, in the catalogue or not."""
    return [*_of_torch(), *_of_hub()]


def models_here(modality: str | None = None, form: str | None = None) -> list[Entry]:
    """The networks of the catalogue that are on this machine, for what a task reads and wants."""
    names = {one.name for one in stored()}
    return [one for one in entries(None, modality, form) if one.name in names]


def hub_ids() -> list[str]:
    """The ids in Hugging Face's cache that have a configuration and weights."""
    return [one.name for one in _of_hub()]


def _of_hub() -> Iterator[Stored]:
    from huggingface_hub import constants

    for folder in sorted(Path(constants.HF_HUB_CACHE).glob("models--*")):
        snapshot = next(filter(_is_whole, sorted(folder.glob("snapshots/*"))), None)
        if snapshot is not None:
            name = folder.name.removeprefix("models--").replace("--", "/")
            size = sum(file.stat().st_size for file in snapshot.rglob("*") if file.is_file())
            yield Stored(name, "huggingface", size, snapshot)


def _is_whole(snapshot: Path) -> bool:
    weights = (path for pattern in _WEIGHTS for path in snapshot.glob(pattern))
    return (snapshot / "config.json").exists() and next(weights, None) is not None


def _of_torch() -> Iterator[Stored]:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    home = Path(os.environ.get("TORCH_HOME") or caches / "torch").expanduser()
    for entry in entries():
        path = home / "hub" / "checkpoints" / (entry.file or "")
        if path.is_file():
            yield Stored(entry.name, entry.source, path.stat().st_size, path)
