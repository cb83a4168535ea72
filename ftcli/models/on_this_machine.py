"""Which networks of the catalogue have their weights on this machine. No torch here."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ftcli.models.catalogue import Entry, entries

_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")
# What names of torchvision's files have after the name of the network.
_ADDED = ("", "google", "rwightman", "coco", "cocowithvoclabels", "owt", "lcswag")


def models_here(modality: str | None = None, form: str | None = None) -> list[Entry]:
    """The networks whose weights are in the caches of Hugging Face or torch, for what a task reads and wants."""
    ids, files = set(hub_ids()), _torch_files()
    return [
        one
        for one in entries(None, modality, form)
        if one.name in ids or (one.source == "torchvision" and _published(one.name) & files)
    ]


def hub_ids() -> list[str]:
    """The ids in Hugging Face's cache that have a configuration and weights."""
    from huggingface_hub import constants

    folders = sorted(Path(constants.HF_HUB_CACHE).glob("models--*"))
    return [one.name.removeprefix("models--").replace("--", "/") for one in folders if _whole(one)]


def _whole(folder: Path) -> bool:
    snapshots = [one for one in folder.glob("snapshots/*") if (one / "config.json").exists()]
    return any(next(one.glob(pattern), None) for one in snapshots for pattern in _WEIGHTS)


def _torch_files() -> set[str]:
    """The names of torchvision's files of weights, without what is between words, and without their hash."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    home = Path(os.environ.get("TORCH_HOME") or caches / "torch").expanduser()
    return {_plain(path.stem.partition("-")[0]) for path in home.glob("hub/checkpoints/*.pth")}


def _published(name: str) -> set[str]:
    """What such a file of this network may be called."""
    plain = _plain(name.removeprefix("torchvision/"))
    return {plain + added for added in _ADDED}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())
