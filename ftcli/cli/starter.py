"""The YAML file that `ftcli init` writes: what was found in the data, and keys that a user may want to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ftcli.errors import command, printable
from ftcli.models.catalogue import entries
from ftcli.models.on_this_machine import models_here
from ftcli.tasks import OUTLINES

if TYPE_CHECKING:
    from ftcli.data.discovery.recognised import Recognised

CHINESE_MODEL = "bert-base-chinese"
# In names of networks that read Chinese, too.
READ_CHINESE = ("chinese", "multilingual", "xlm", "mmbert", "qwen", "mt5", "zh")


def _task(found: Recognised) -> str:
    """The first task in the table for this modality and target."""
    wanted = ((found.modality,), found.kind.wanted)
    return next(name for name, outline in OUTLINES.items() if outline[:2] == wanted)


def starter_yaml(path: Path, found: Recognised) -> str:
    """A complete experiment for the data at `path`, commented."""
    return "\n".join(_lines(path, found)) + "\n"


def _lines(path: Path, found: Recognised) -> Iterator[str]:
    sizes = ", ".join(f"{size:,} {split}" for split, size in found.sizes.items())
    counted = f": {sizes} examples" if sizes else ""
    yield f"# Written by `{printable(command('init', path))}`{counted}."
    for warning in found.warnings:
        yield f"# note: {printable(' '.join(warning.split()))}"
    yield f"task: {found.task or _task(found)}"
    yield "data:"
    for key, value in found.data.items():
        yield f"  {key}: {_value(value)}"
    if found.classes:
        shown = ", ".join(found.classes[:8]) + (", ..." if len(found.classes) > 8 else "")
        yield f"  # {len(found.classes)} classes: {printable(' '.join(shown.split()))}"
    said = tuple(f"# {key}:" for key in found.data)
    yield from (f"  {line}" for line in found.kind.starter_data if not line.startswith(said))
    yield from found.kind.starter_notes
    name, where = _model(found)
    yield f"model: {name}  # {where}; `ftcli list-models` shows others; a folder works too"
    yield "# What is left out gets a value by the model, the policy and the size of the data; to see it:"
    yield "#   ftcli train THIS.yaml --dry-run"
    yield "# freeze: lp-ft               # none | backbone | N | [patterns] | lp-ft | gradual"
    yield "# training: {epochs: 10}"


def _value(value: Any) -> str:
    """YAML on one line, in which characters that could steer a terminal are escapes."""
    for readable in (True, False):
        written = yaml.safe_dump(value, allow_unicode=readable, default_flow_style=True, width=10_000)
        line = written.splitlines()[0]
        if line.isprintable():
            break
    return line


def _model(found: Recognised) -> tuple[str, str]:
    """The usual network, or else one that is on this machine and fits; and where its weights are."""
    usual = found.kind.starter_model or (CHINESE_MODEL if found.chinese else found.modality.starter_model)
    outline = OUTLINES[found.task or _task(found)]
    here = models_here(found.modality.name, outline.form)
    if found.chinese:
        here = [one for one in here if any(word in one.name.lower() for word in READ_CHINESE)]
    known = {one.name: one for one in entries()}
    wanted = known.get(usual)
    if usual in (one.name for one in here):
        return usual, "on this machine"
    if here and wanted is not None:
        forms, size = set(wanted.forms), wanted.parameters or 0
        like = min(here, key=lambda one: (len({*one.forms} - forms), abs((one.parameters or 0) - size)))
        return like.name, f"on this machine; the usual {usual} would be downloaded"
    host = "download.pytorch.org" if usual.startswith("torchvision/") else "huggingface.co"
    large = f" ({wanted.megabytes:,.0f} MB)" if wanted is not None and wanted.megabytes else ""
    return usual, f"will be downloaded from {host}{large}"
