"""A checkpoint on disk: safetensors and JSON, in a folder that is there whole or not at all (`durable`).

epoch-0003/                       after three epochs
epoch-0003-step-00001234/         within the fourth, after so many steps in all
averaged/                         once the run has ended: the average of the best epochs, or the best whose outputs are
                                  averaged with those of mirror images: weights to use alone
    model.safetensors             the weights to use (the moving average, where there is one)
    frozen.safetensors            those of them that no epoch changes, where there are any
    training.safetensors          what training needs to go on: optimizer state, the losses of the epoch so far, and the
                                  raw weights beside an average; `more_epochs` removes it when the run has ended
    state.json                    progress, schedule, loss scale, optimizer options; length and hash of metrics.jsonl
    manifest.json                 the size and SHA-256 of each of these

What is frozen is written once in a run: later checkpoints have the same file by a hard link, or one of their own where
there are no hard links. So each folder is complete, and can be copied or removed without the others. The
header of model.safetensors says that the rest is in frozen.safetensors, and `read_weights` reads both.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from ftcli.errors import RunError, WeightsError
from ftcli.models.pretrained.weights import REST, read_weights
from ftcli.runs.checkpoints.naming import found
from ftcli.system import durable
from ftcli.system.durable import UNREADABLE

MODEL, FROZEN, TRAINING = "model.safetensors", "frozen.safetensors", "training.safetensors"
STATE = "state.json"
# In the state: whether the outputs of images and of their mirror images are averaged.
MIRRORED = "mirrored"
_TENSORS = ("optimizer", "ema", "losses")  # of the state; the rest of it is plain


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint holds, read back."""

    weights: dict[str, Tensor]  # to use
    raw: dict[str, Tensor]  # to train on
    state: dict[str, Any]  # as `Fit.state_dict()`
    metrics_bytes: int  # the length of metrics.jsonl when it was taken
    metrics_sha256: str  # and its hash
    trainable: bool  # whether the state and `raw` are there; else both are only what is left


def save(
    folder: Path,
    weights: Mapping[str, Tensor],
    raw: Mapping[str, Tensor],
    state: Mapping[str, Any],
    *,
    metrics_bytes: int,
    metrics_sha256: str,
    frozen: Collection[str] = (),
) -> None:
    """Write the checkpoint as `folder`, completely or not at all. `raw` is `weights` without an average.

    `frozen` are the names of what no epoch of the run changes; an average of those is what they are.
    """
    plain = {key: value for key, value in state.items() if key not in _TENSORS}
    moments, groups = _flatten(state["optimizer"])
    still = {key: value for key, value in raw.items() if key in frozen}
    if state["ema"]:
        moments |= {f"weights.{key}": value for key, value in raw.items() if key not in still}
    if state.get("losses") is not None:
        moments["losses"] = state["losses"]
    try:
        with durable.written(folder) as (partial, digests):
            if still and (linked := _link_or_write(partial / FROZEN, still, folder.parent)):
                digests[FROZEN] = linked
            changing = {key: value for key, value in weights.items() if key not in still}
            _write_tensors(partial / MODEL, changing, {REST: FROZEN} if still else None)
            if moments or groups:
                _write_tensors(partial / TRAINING, moments)
            metrics = {"metrics_bytes": metrics_bytes, "metrics_sha256": metrics_sha256}
            document = {**plain, "param_groups": groups, **metrics}
            (partial / STATE).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except (OSError, SafetensorError) as error:  # a full disk is the one or the other, by who writes
        tensors = [*weights.values(), *moments.values()]
        needed = sum(value.nbytes for value in {id(value): value for value in tensors}.values())
        raise RunError(
            f"{folder}: the checkpoint could not be written: {error}. "
            f"It needs about {needed / 1e6:,.0f} MB; {_free(folder)} MB are free"
        ) from error


def _free(folder: Path) -> str:
    """The megabytes that are free on the disk of a folder, or "unknown"."""
    there = next(one for one in folder.absolute().parents if one.exists())
    try:
        return f"{shutil.disk_usage(there).free / 1e6:,.0f}"
    except OSError:
        return "unknown"


def load(folder: Path, *, training: bool = True) -> Checkpoint:
    """Read a checkpoint; without `training` only the weights to use. Raises `RunError` for one that is damaged."""
    try:
        durable.verify(folder, skip=() if training else (TRAINING,))
        trainable = training and holds_state(folder)
        document = json.loads((folder / STATE).read_text(encoding="utf-8"))
        weights = read_weights(folder / MODEL)
        moments = load_file(folder / TRAINING) if trainable else {}
        groups = document.pop("param_groups")
        metrics_bytes, metrics_sha256 = (
            int(document.pop("metrics_bytes")),
            str(document.pop("metrics_sha256")),
        )
        losses = moments.pop("losses", None)
        names = [name for name in moments if name.startswith("weights.")]
        averaged = {name.removeprefix("weights."): moments.pop(name) for name in names}
        optimizer = {"state": _unflatten(moments), "param_groups": groups}
    except (*UNREADABLE, SafetensorError, WeightsError, durable.DamageError) as error:
        raise RunError(f"{folder}: not a usable checkpoint: {error}") from error
    state = {**document, "optimizer": optimizer, "losses": losses, "ema": weights if averaged else {}}
    return Checkpoint(weights, weights | averaged, state, metrics_bytes, metrics_sha256, trainable)


def holds_state(folder: Path) -> bool:
    """Whether a checkpoint has what training needs to go on; true also of one whose damage `load` will find."""
    try:
        return TRAINING in durable.manifest(folder)
    except durable.DamageError:
        return True


def _flatten(optimizer: Mapping[str, Any]) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    tensors = {
        f"state.{index}.{name}": value
        for index, values in optimizer["state"].items()
        for name, value in values.items()
        if value is not None  # SGD without momentum keeps None, which is its starting state
    }
    return tensors, optimizer["param_groups"]


def _unflatten(tensors: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        _, index, name = key.split(".", 2)
        state.setdefault(int(index), {})[name] = value
    return state


def _link_or_write(path: Path, tensors: Mapping[str, Tensor], others: Path) -> dict[str, Any] | None:
    """What is frozen, as `path`: the file of a checkpoint in `others`, whose digest is given; or else a new one.

    One file then has several names, so nothing may ever write into it, under any of them.
    """
    for earlier in reversed(found(others)):
        if _names(earlier / FROZEN) == tensors.keys():
            with suppress(OSError, durable.DamageError):  # this file system has no hard links
                known = durable.manifest(earlier)[FROZEN]
                if known == durable.digest(earlier / FROZEN):
                    os.link(earlier / FROZEN, path)
                    return known
    _write_tensors(path, tensors)
    return None


def _names(path: Path) -> set[str]:
    """The names in a file of tensors; none if it is not there, or not whole."""
    try:
        with safe_open(path, framework="pt") as file:
            return set(file.keys())
    except (OSError, SafetensorError):
        return set()


def _write_tensors(
    path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str] | None = None
) -> None:
    save_file(_apart(tensors), path, metadata=header)
    path.chmod(0o666 & ~_umask())  # safetensors writes 0600, whatever the umask says


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous on the CPU, no two in the same memory, as safetensors wants them; copied only where they are not."""
    apart: dict[str, Tensor] = {}
    taken: set[int] = set()
    for key, given in tensors.items():
        value = given.detach().cpu().contiguous()
        memory = value.untyped_storage().data_ptr()
        apart[key] = value.clone() if memory in taken else value
        taken.add(memory)
    return apart


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
