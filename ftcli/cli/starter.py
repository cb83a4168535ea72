"""The YAML file that `ftcli init` writes: what was found in the data, and keys that a user may want to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ftcli.errors import printable
from ftcli.tasks import OUTLINES

if TYPE_CHECKING:
    from ftcli.data.discovery.recognised import Recognised

CHINESE_MODEL = "bert-base-chinese"


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
    yield f"# Written by `ftcli init {printable(str(path))}`{counted}."
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
    yield f"model: {_model(found)}  # `ftcli list-models` shows others; a folder works too"
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


def _model(found: Recognised) -> str:
    usual = CHINESE_MODEL if found.chinese else found.modality.starter_model
    return found.kind.starter_model or usual
