"""What of an exported folder leaves this machine: the files that the export wrote, unchanged, without local paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ftcli.card.answers import NAME as CARD
from ftcli.config.schema import Experiment
from ftcli.errors import ExportError, RunError, command
from ftcli.report.exported import NAME as DOCUMENT
from ftcli.runs.checkpoints import retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_run_experiment
from ftcli.ship.local_paths import beginnings, find
from ftcli.system import durable
from ftcli.system.bounded import read_json

_LARGEST = 16 << 20


def leaving(path: Path, folder: Path) -> dict[str, int]:
    """The files of the export in `folder` of a run or a checkpoint, by name, with their bytes; no other file.

    Raises `ExportError` for an export of another checkpoint (of a run its best is meant), for a file that is missing or
    was changed, and for one with a path of this machine in it.
    """
    directory, wanted = _meant(path)
    document = _document(folder)
    again = f"export it again: {command('export', path, folder.name, '--force')}"
    if document.get("checkpoint") != wanted:
        raise ExportError(f"{folder} is of {document.get('checkpoint')}, and not of {wanted}: {again}")
    names = [*document["files"], *([CARD] if CARD not in document["files"] else []), DOCUMENT]
    found = [name for name in names if name != CARD or (folder / CARD).is_file()]
    known = beginnings([directory.path, *_named_folders(load_run_experiment(directory))])
    return {name: _checked(folder, name, document["files"].get(name), known, again) for name in found}


def card_lacks_licence(folder: Path) -> bool:
    """Whether the model card names no licence, or an unknown one."""
    try:
        lines = (folder / CARD).read_text(encoding="utf-8", errors="replace").splitlines()[:200]
    except OSError:
        return True
    named = [line.partition(":")[2].strip(" '\"") for line in lines if line.startswith("license:")]
    return not any(name and name != "unknown" for name in named)


def is_export(folder: Path) -> bool:
    """Whether the folder holds an export."""
    return (folder / DOCUMENT).is_file()


def _meant(path: Path) -> tuple[RunDirectory, str]:
    """The run, and the name of the checkpoint that a path means."""
    if (path / storage.STATE).is_file():
        return RunDirectory.existing(path.absolute().parents[1]), path.absolute().name
    directory = RunDirectory.existing(path)
    return directory, retention.best(directory.checkpoints).name


def _document(folder: Path) -> dict[str, Any]:
    try:
        found = dict(read_json(folder / DOCUMENT, _LARGEST))
        found["files"] = {str(name): dict(digest) for name, digest in found["files"].items()}
        return found
    except durable.UNREADABLE as error:
        raise RunError(f"{folder / DOCUMENT} cannot be read: {error}") from error


def _checked(
    folder: Path, name: str, wanted: Mapping[str, Any] | None, known: tuple[str, ...], again: str
) -> int:
    """The bytes of a file that may leave. Raises `ExportError` for any other."""
    path = folder / name
    if ".." in Path(name).parts or Path(name).is_absolute() or path.is_symlink() or not path.is_file():
        raise ExportError(f"{path} is missing, or is not a file of the export: {again}")
    if wanted is not None and name != CARD and durable.digest(path) != wanted:
        raise ExportError(f"{path} is not as it was exported: {again}")
    local = find(path, known)
    if local is not None:
        raise ExportError(f"{path} holds a path of this machine, {local!r}, so nothing is sent")
    return path.stat().st_size


def _named_folders(experiment: Experiment) -> Iterator[Path]:
    """The absolute paths that an experiment names: where its data and its weights were."""
    data, model = experiment.data, experiment.model
    for named in (data.source, data.train, data.val, data.test, model.backbone, model.weights):
        if isinstance(named, str) and Path(named).is_absolute():
            yield Path(named)
