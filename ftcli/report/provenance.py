"""What the files of a run say beside figures: classes, origins, digests of data and of weights.

As for `run.py`, any file may be missing or damaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftcli.report import origin
from ftcli.report.checked import fields, items, words
from ftcli.report.files import read_json
from ftcli.report.origin import Origin, origin_of
from ftcli.report.outcomes import MOST_CLASSES
from ftcli.report.receipt import File, Receipt, read_receipt
from ftcli.report.run import DATA, LARGEST_DATA, Run
from ftcli.system.bounded import UnreadableError
from ftcli.system.durable import DamageError, manifest

TARGET = "model/target.json"
_LARGEST = 16 << 20
_CONFIG = "model/config.json"
_CHECKPOINTS = "checkpoints"
# Files of a checkpoint that are named.
_MOST_FILES = 1_000


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a run is made of. What is not known is empty."""

    # A name of `contracts.target_kinds.KINDS`.
    kind: str = ""
    # The class of the network, where transformers has one.
    architecture: str = ""
    classes: tuple[str, ...] = ()
    weights: Origin = field(default_factory=Origin)
    data: Origin = field(default_factory=Origin)
    receipt: Receipt = field(default_factory=Receipt)
    # Of the examples of a split: their ids, targets, and texts or sizes of files; 16 bytes of BLAKE2b in hex.
    digests: Mapping[str, str] = field(default_factory=dict)
    # The name of the best checkpoint, and its files.
    checkpoint: str = ""
    files: tuple[File, ...] = ()


def read_provenance(run: Run) -> Provenance:
    """What the files of a run that was read say of its origin."""
    target = _object(run.path / TARGET, _LARGEST)
    architectures = items(_object(run.path / _CONFIG, _LARGEST).get("architectures"))
    origins = _object(run.path / origin.NAME, origin.LARGEST)
    digests = {
        str(split): digest
        for split, one in _object(run.path / DATA, LARGEST_DATA).items()
        if (digest := words(fields(one).get("digest")))
    }
    checkpoint = _best(run)
    return Provenance(
        words(target.get("kind")) or "",
        words(next(iter(architectures), None)) or "",
        tuple(words(str(one)) or "" for one in items(target.get("classes"))[:MOST_CLASSES]),
        origin_of(origins, "weights"),
        origin_of(origins, "data"),
        read_receipt(run.path),
        digests,
        checkpoint.name if checkpoint is not None else "",
        _files(checkpoint) if checkpoint is not None else (),
    )


def _object(path: Path, limit: int) -> dict[str, Any]:
    with suppress(OSError, UnreadableError):
        return read_json(path, limit)
    return {}


def _best(run: Run) -> Path | None:
    """The average of the best epochs, the checkpoint of the best one, or else the newest."""
    if (averaged := run.path / _CHECKPOINTS / "averaged").is_dir():
        return averaged
    folders = sorted(one for one in (run.path / _CHECKPOINTS).glob("epoch-*") if one.is_dir())
    best = [one for one in folders if one.name == f"epoch-{run.best_epoch or 0:04}"]
    return next(reversed(best or folders), None)


def _files(checkpoint: Path) -> tuple[File, ...]:
    """The files that the manifest of a checkpoint names."""
    with suppress(DamageError):
        return tuple(
            File(name, of["bytes"], of["sha256"])
            for name, of in sorted(manifest(checkpoint).items())[:_MOST_FILES]
        )
    return ()
