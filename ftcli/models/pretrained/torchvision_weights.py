"""Where the weights of a torchvision backbone come from."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from torch import Tensor
from torchvision import models

from ftcli.config.places import Places
from ftcli.errors import WeightsError, did_you_mean, listing
from ftcli.models.pretrained.weights import read_weights
from ftcli.models.weight_files import SUFFIXES
from ftcli.system.offline import check_online

EMBEDDED = {"digits-0-4": "digits-0-4.safetensors"}  # name -> file in ftcli/assets


@dataclass(frozen=True, slots=True)
class Source:
    """Weights by name: `read` gives the state, or is None for random weights; `where` is for messages."""

    label: str
    where: str
    transforms: Any  # torchvision's, of these weights or else of the default ones
    read: Callable[[], dict[str, Tensor]] | None


def find_weights(name: str, weights: str | None, places: Places) -> Source:
    """What `model.weights` means for the torchvision model `name`; nothing is read yet.

    Raises `ConfigError` for a value that is neither a known name nor a file.
    """
    enum = models.get_model_weights(name)
    default = enum.DEFAULT
    published = {member.name: member for member in enum if member.meta.get("categories")}
    value = weights or "imagenet"
    if value == "imagenet":
        value = default.name
    if value == "none":
        return Source("none", "random", default.transforms(), None)
    if value in published:
        member = published[value]
        return Source(value, member.url, member.transforms(), lambda: _published(name, member.url))
    if value in EMBEDDED:
        return Source(value, value, default.transforms(), lambda: _embedded(EMBEDDED[value]))
    path = Path(value).expanduser()
    if path.suffix in SUFFIXES or path.exists():
        return Source(value, value, default.transforms(), lambda: read_weights(path))
    known = ["imagenet", "none", *published, *EMBEDDED]
    near = did_you_mean(value, known)
    problem = f"{value!r} is neither a file nor the name of weights for {name}.{near} Names: {listing(known)}"
    raise places.error("model.weights", problem)


def _embedded(file: str) -> dict[str, Tensor]:
    with as_file(files("ftcli") / "assets" / file) as path:
        return read_weights(path)


def _published(name: str, url: str) -> dict[str, Tensor]:
    """The published weights, from the cache of `torch.hub` or else downloaded into it."""
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(url).path).name
    if not path.is_file():
        _download(name, url, path)
    return modern_names(read_weights(path))


def _download(name: str, url: str, path: Path) -> None:
    digest = re.search(r"-([a-f0-9]{8,})\.", path.name)
    try:
        check_online()
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(
            url, str(path), digest.group(1) if digest else None, progress=sys.stderr.isatty()
        )
    except (OSError, RuntimeError) as error:  # URLError is an OSError; RuntimeError is a wrong digest
        raise WeightsError(
            f"The weights of {name} are not here and could not be downloaded ({error}).\n"
            f"  missing:   {path.name}\n  looked in: {path.parent}\n  and at:    {url}\n"
            f"Download that file elsewhere and put it there, or set model.weights to its path, or to none."
        ) from error


def modern_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """DenseNet's published files have `norm.1` where the module is `norm1`."""
    old = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)")
    return {old.sub(r"\1\2", name): value for name, value in state.items()}
