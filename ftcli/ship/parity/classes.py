"""Whether an export has the names of the classes in the run's order, also of those that no held-out row shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ftcli.errors import ParityError
from ftcli.system.bounded import read_json

# What says them: of graphs, and of networks of Hugging Face and torchvision.
DOCUMENTS = ("preprocess.json", "config.json")
LARGEST = 64 << 20


def compare_classes(folder: Path, classes: Sequence[str]) -> None:
    """Raise `ParityError` where a document of an export names other classes, or the same in another order."""
    for path in (folder / name for name in DOCUMENTS):
        found = _named(read_json(path, LARGEST)) if classes and path.is_file() else None
        if found is None or found == list(classes):
            continue
        if len(found) != len(classes):
            raise ParityError(f"{path.name} names {len(found)} classes in place of {len(classes)}")
        at = next(index for index, name in enumerate(classes) if found[index] != name)
        raise ParityError(f"{path.name}: class {at} is {found[at]!r} in place of {classes[at]!r}")


def _named(document: Mapping[str, Any]) -> list[str] | None:
    """The names of classes in the order of the outputs; None where there are none."""
    if "id2label" in document:
        return [name for _, name in sorted(document["id2label"].items(), key=lambda one: int(one[0]))]
    return list(document["classes"]) if "classes" in document else None
