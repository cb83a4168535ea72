"""The YAML file that `ftcli init` writes: what was found in the data, and keys that a user may want to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ftcli.errors import printable
from ftcli.tasks import OUTLINES

if TYPE_CHECKING:
    from ftcli.data.discovery.recognise import Found

# Models for targets that need networks of their own. Names have capitals, so tags need a cased one.
MODELS: dict[str, str] = {
    "mask": "torchvision/deeplabv3_mobilenet_v3_large",
    "transcript": "openai/whisper-tiny",
    "tags": "bert-base-cased",
    "text": "t5-small",
    "tokens": "distilgpt2",
    "boxes": "torchvision/fasterrcnn_resnet50_fpn_v2",
}
SOUND_MODEL = "MIT/ast-finetuned-audioset-10-10-0.4593"
IMAGE_MODEL, TEXT_MODEL, CHINESE_MODEL = (
    "torchvision/resnet50",
    "distilbert-base-uncased",
    "bert-base-chinese",
)


def _task(found: Found) -> str:
    """The first task in the table for this modality and target."""
    wanted = (found.modality, found.wants)
    return next(name for name, outline in OUTLINES.items() if outline[:2] == wanted)


def starter_yaml(path: Path, found: Found) -> str:
    """A complete experiment for the data at `path`, commented."""
    return "\n".join(_lines(path, found)) + "\n"


def _lines(path: Path, found: Found) -> Iterator[str]:
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
    if found.wants == "mask":
        yield "  # class_names: [ground, sky]   # names for the values 0, 1, ..."
        yield "  # ignore_index: 255            # the value of pixels that nobody labelled"
    if found.wants == "transcript":
        yield "# The same table teaches to speak: task speech-synthesis, with text in the place of target, and perhaps"
        yield "# a column speaker; its model is microsoft/speecht5_tts."
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


def _model(found: Found) -> str:
    if found.wants in MODELS:
        return MODELS[found.wants]
    if found.modality == "image":
        return IMAGE_MODEL
    if found.modality == "audio":
        return SOUND_MODEL
    return CHINESE_MODEL if found.chinese else TEXT_MODEL
