"""Which checkpoint is used, and which are kept."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from ftcli.errors import RunError
from ftcli.runs.checkpoints.naming import AVERAGED, found, name, place
from ftcli.runs.checkpoints.storage import STATE, Checkpoint, load
from ftcli.system import durable
from ftcli.system.bounded import read_json
from ftcli.system.durable import UNREADABLE
from ftcli.training.reports import Progress, is_decision


def latest(folder: Path) -> tuple[Path, Checkpoint, list[str]]:
    """The newest checkpoint in `folder` that is whole, and what is wrong with those that are newer.

    Raises `RunError` if there is none.
    """
    problems: list[str] = []
    for one in reversed(found(folder)):
        try:
            return one, load(one), problems
        except RunError as error:
            problems.append(str(error))
    raise _none(folder, problems)


def newest(folder: Path) -> tuple[Path, Progress] | None:
    """The newest checkpoint whose progress can be read, and its progress; nothing is verified. None without one."""
    for one in reversed(found(folder)):
        with suppress(*UNREADABLE):
            progress = Progress(**read_json(one / STATE)["progress"])
            times = (progress.used, progress.limit or 0.0)
            counts = (progress.epoch, progress.stale, progress.planned, progress.missed, progress.length or 0)
            if (
                all(isinstance(one, int) for one in (*counts, *progress.left_out))
                and all(isinstance(one, int | float) for one in times)
                and all(map(is_decision, progress.decided))
            ):
                return one, progress
    return None


def best(folder: Path) -> Path:
    """The average of the best epochs, where it is there; else the best, which the newest that can be read knows."""
    if (averaged := folder / AVERAGED).is_dir():
        return averaged
    problems: list[str] = []
    for one in reversed(found(folder)):
        try:
            progress = read_json(one / STATE)["progress"]
            chosen = folder / name(progress["best_epoch"] or 0)
        except UNREADABLE as error:
            problems.append(f"{one}: not a usable checkpoint: {error}")
            continue
        return chosen if chosen.is_dir() else one
    raise _none(folder, problems)


def _none(folder: Path, problems: list[str]) -> RunError:
    if not problems:
        return RunError(f"{folder}: no checkpoint is here; the run ended before its first was written")
    return RunError("\n".join([*problems, f"{folder}: no checkpoint can be used"]))


def remove_average(folder: Path) -> None:
    """Remove the average of the best epochs, which is to be made again. Raises `RunError`."""
    try:
        if (folder / AVERAGED).exists():
            durable.remove(folder / AVERAGED)
    except OSError as error:
        raise RunError(f"{folder / AVERAGED}: cannot be removed: {error}") from error


def prune(
    folder: Path,
    best_epoch: int | None,
    *,
    newest: int,
    returnable: bool = False,
    good: Collection[int] = (),
) -> None:
    """Remove all checkpoints but the best, those of `good` epochs and the `newest`.

    Those within an epoch go once the epoch has one of its own, but only where as many others are there, so that
    there is always one before the newest to fall back on. With `returnable` the newest that is not within an epoch
    stays too.
    """
    known = found(folder)
    kept = _newest(known, newest) | {folder / name(epoch) for epoch in (best_epoch or 0, *good)}
    if returnable:
        kept |= set(_between_epochs(known)[-1:])
    try:
        for one in known:
            if one not in kept:
                durable.remove(one)
        durable.tidy(folder)
    except OSError as error:
        raise RunError(f"{folder}: old checkpoints cannot be removed: {error}") from error


def rename_damaged(folder: Path, used: Path) -> None:
    """Rename damaged checkpoints that are newer than `used` to damaged-..."""
    for one in found(folder):
        if place(one) > place(used):
            try:
                one.rename(one.with_name(f"damaged-{one.name}-{secrets.token_hex(4)}"))
            except OSError as error:
                raise RunError(f"{one}: cannot be renamed: {error}") from error


def _between_epochs(known: list[Path]) -> list[Path]:
    return [one for one in known if not place(one)[1]]


def last_epoch(folder: Path) -> tuple[Path, Checkpoint]:
    """The newest checkpoint that is not within an epoch; those behind it are removed. Raises `RunError`."""
    known = found(folder)
    path = _between_epochs(known)[-1]
    saved = load(path)
    try:
        for one in known[known.index(path) + 1 :]:
            durable.remove(one)
    except OSError as error:
        raise RunError(f"{folder}: a checkpoint cannot be removed: {error}") from error
    return path, saved


def _newest(known: list[Path], count: int) -> set[Path]:
    whole = _between_epochs(known)
    if len(whole) >= count and known[-1] == whole[-1]:
        return set(whole[-count:])
    return set(known[-count:])
