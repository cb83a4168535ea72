"""A checkpoint on disk: safetensors and JSON, written aside and renamed once.

epoch-0003/model.safetensors      the weights to use (the moving average, where there is one)
epoch-0003/frozen.safetensors     those of them that no epoch changes, where there are any
epoch-0003/training.safetensors   what training needs to go on: optimizer state, and the raw weights beside an average
epoch-0003/state.json             progress, schedule, loss scale, optimizer options; the length of metrics.jsonl

What is frozen is written once in a run: later checkpoints have the same file by a hard link, or one of their own where
there are no hard links. So each folder is complete, and can be copied or removed without a look at the others. The
header of model.safetensors says that the rest is in frozen.safetensors, and `read_weights` reads both.
"""

from __future__ import annotations

import json
import os
import re
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
from ftcli.models.weights import REST, read_weights

MODEL, FROZEN, TRAINING = "model.safetensors", "frozen.safetensors", "training.safetensors"
STATE = "state.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint holds, read back."""

    weights: dict[str, Tensor]  # to use
    raw: dict[str, Tensor]  # to train on
    state: dict[str, Any]  # as `Fit.state_dict()`
    metrics_bytes: int  # the length of metrics.jsonl when it was taken


def save(
    folder: Path,
    weights: Mapping[str, Tensor],
    raw: Mapping[str, Tensor],
    state: Mapping[str, Any],
    metrics_bytes: int,
    *,
    frozen: Collection[str] = (),
) -> None:
    """Write the checkpoint as `folder`, completely or not at all. `raw` is `weights` where there is no average.

    `frozen` are the names of what no epoch of the run changes; an average of those is what they are.
    """
    plain = {key: value for key, value in state.items() if key not in ("optimizer", "ema")}
    moments, groups = _flatten(state["optimizer"])
    still = {key: value for key, value in raw.items() if key in frozen}
    if state["ema"]:
        moments |= {f"weights.{key}": value for key, value in raw.items() if key not in still}
    partial = folder.with_name(f"{folder.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        if still:
            _link_or_write(partial / FROZEN, still, folder.parent)
        changing = {key: value for key, value in weights.items() if key not in still}
        _write_tensors(partial / MODEL, changing, {REST: FROZEN} if still else None)
        _write_tensors(partial / TRAINING, moments)
        document = {**plain, "param_groups": groups, "metrics_bytes": metrics_bytes}
        (partial / STATE).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        _flush(partial / STATE)
        _flush(partial)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
        _flush(folder.parent)
    except (OSError, SafetensorError) as error:  # a full disk is the one or the other, by who writes
        shutil.rmtree(partial, ignore_errors=True)
        raise RunError(f"{folder}: the checkpoint could not be written: {error}") from error


def load(folder: Path, *, training: bool = True) -> Checkpoint:
    """Read a checkpoint; without `training` only the weights to use. Raises `RunError` for one that is damaged."""
    try:
        document = json.loads((folder / STATE).read_text(encoding="utf-8"))
        weights = read_weights(folder / MODEL)
        moments = load_file(folder / TRAINING) if training else {}
    except (OSError, ValueError, SafetensorError, WeightsError) as error:
        raise RunError(f"{folder}: not a readable checkpoint: {error}") from error
    averaged = {name.removeprefix("weights."): moments.pop(name) for name in list(moments) if name[0] == "w"}
    optimizer = {"state": _unflatten(moments), "param_groups": document.pop("param_groups")}
    metrics_bytes = document.pop("metrics_bytes")
    state = {**document, "optimizer": optimizer, "ema": weights if averaged else {}}
    return Checkpoint(weights, weights | averaged, state, metrics_bytes)


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


def _link_or_write(path: Path, tensors: Mapping[str, Tensor], others: Path) -> None:
    """What is frozen, as `path`: the file that a checkpoint in `others` has (flushed long ago), or else a new one.

    One file then has several names, so nothing may ever write into it, under any of them.
    """
    for epoch in reversed(epochs(others)):
        earlier = others / name(epoch) / FROZEN
        if _names(earlier) == tensors.keys():
            with suppress(OSError):  # this file system has no hard links
                os.link(earlier, path)
                return
    _write_tensors(path, tensors)


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
    _flush(path)


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


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ------------------------------------------------------------------------------------------- which one, and how many


def name(epoch: int) -> str:
    """The folder name of the checkpoint after `epoch` epochs."""
    return f"epoch-{epoch:04d}"


def epochs(folder: Path) -> list[int]:
    """The epochs that `folder` (a run's `checkpoints`) has checkpoints of, in order."""
    found = (re.fullmatch(r"epoch-(\d{4,})", entry.name) for entry in folder.glob("epoch-*"))
    return sorted(int(match[1]) for match in found if match)


def latest(folder: Path) -> Path:
    """The newest checkpoint in `folder`. Raises `RunError` if there is none."""
    known = epochs(folder)
    if not known:
        raise RunError(f"{folder}: no checkpoint is here; the run ended before its first epoch did")
    return folder / name(known[-1])


def best(folder: Path) -> Path:
    """The checkpoint of the best epoch, which the newest one knows."""
    newest = latest(folder)
    try:
        progress = json.loads((newest / STATE).read_text(encoding="utf-8"))["progress"]
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{newest}: not a readable checkpoint: {error}") from error
    chosen = folder / name(progress["best_epoch"] or 0)
    return chosen if chosen.is_dir() else newest


def prune(folder: Path, keep: set[int]) -> None:
    """Remove all checkpoints but those of the epochs in `keep`; only the newest needs its training state."""
    known = epochs(folder)
    for epoch in known:
        if epoch not in keep:
            shutil.rmtree(folder / name(epoch))
        elif epoch != known[-1]:
            (folder / name(epoch) / TRAINING).unlink(missing_ok=True)
