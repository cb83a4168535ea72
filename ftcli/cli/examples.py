"""The YAML files that come with the program, and what each of them needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

import ftcli
from ftcli.data import EMBEDDED, SOURCES
from ftcli.models.catalogue import entries
from ftcli.models.on_this_machine import models_here


@dataclass(frozen=True, slots=True)
class Example:
    """One of them: what it is about, what it takes from the user, and what it downloads."""

    name: str
    task: str
    about: str
    data: tuple[str, ...]
    downloads: tuple[str, ...]


def folder() -> Path:
    """Where they are: in the package, or beside it where it is used from a clone."""
    installed = Path(str(files("ftcli"))) / "examples"
    return installed if installed.is_dir() else Path(ftcli.__file__).parents[1] / "configs"


def names() -> list[str]:
    """What `ftcli examples NAME` and `ftcli train NAME` take."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def example(name: str) -> Path | None:
    """The file of an example; None for another name."""
    return folder() / f"{name}.yaml" if name in names() else None


def examples(here: Collection[str] | None = None) -> list[Example]:
    """All of them. `here` are the networks that need no download; those on this machine if left out."""
    here = {one.name for one in models_here()} if here is None else here
    return [_described(folder() / f"{name}.yaml", here) for name in names()]


def _described(path: Path, here: Collection[str]) -> Example:
    text = path.read_text(encoding="utf-8")
    said: dict[str, Any] = yaml.safe_load(text)
    data = said["data"] if isinstance(said["data"], dict) else {"source": said["data"]}
    model = said["model"] if isinstance(said["model"], dict) else {"backbone": said["model"]}
    source = data.get("source")
    yours = [str(value) for key in ("source", "train", "val", "test") if _is_path(value := data.get(key))]
    loads = [f"the data set {source}"] if source in SOURCES and source not in EMBEDDED else []
    weights = model.get("weights", "imagenet")
    if "config" not in model and weights == "imagenet" and model["backbone"] not in here:
        loads.append(_sized(model["backbone"]))
    return Example(path.stem, said["task"], _about(text), tuple(yours), tuple(loads))


def _is_path(value: Any) -> bool:
    """Whether a source or a split is a path, and no known data set, share or condition."""
    return isinstance(value, str) and value not in (*SOURCES, "none") and not set(value) & set("<=>! ")


def _about(text: str) -> str:
    """The first sentence of the comment that a file begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return " ".join(lines).partition(". ")[0].rstrip(".:")


def _sized(backbone: str) -> str:
    known = next((one for one in entries() if one.name == backbone), None)
    return f"{backbone} ({known.megabytes:,.0f} MB)" if known is not None and known.megabytes else backbone
