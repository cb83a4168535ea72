"""From the outputs of a network with a head to what is predicted, in a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftcli.contracts import Target
from ftcli.contracts.tag_schemes import scheme_of
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import ExportError

# By kind of target: the sections of `ftcli.ship.scripts` that define `answers(inputs, tensors, outputs)`.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "single-label": ("softmax", "classes"),
    "multi-label": ("labels",),
    "number": ("numbers",),
    "tags": ("softmax", "tags"),
    "mask": ("masks",),
}


def answer_sections(target: Target) -> tuple[str, ...]:
    """The sections for a target. Raises `ExportError` where there are none."""
    if target.kind not in SECTIONS:
        raise ExportError(f"there is no script that predicts {KINDS[target.kind].plural}")
    return SECTIONS[target.kind]


def answer_settings(target: Target) -> dict[str, Any]:
    """What the sections read: the classes in the order of the outputs, the scale of numbers, the tag of no entity."""
    if not target.classes:
        # All training numbers may be equal.
        return {"number": {"mean": target.mean, "std": target.std if target.std > 0 else 1.0}}
    known: dict[str, Any] = {"classes": list(target.classes)}
    if KINDS[target.kind].by_word:
        known["outside"] = scheme_of(target.classes).outside
    return known
