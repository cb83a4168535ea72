"""From a run to a folder that needs no ftcli: written, compared with the run, and only then kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ftcli.card.answers import NAME as CARD
from ftcli.card.card import card
from ftcli.errors import ExportError, UserError, counted
from ftcli.report.exported import NAME as DOCUMENT
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship import FORMATS
from ftcli.ship.exporter import Exporter, Piped, Quantising, Undrawn, Weighted
from ftcli.ship.parity.check import Parity, check
from ftcli.ship.parity.int8 import Loss, loss_of
from ftcli.ship.parity.rows import HeldOut, held_out
from ftcli.ship.parity.weights import compare_weights
from ftcli.ship.whole import in_float32
from ftcli.system import durable

VERSION = 1


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was kept: its folder, how it compares with the run, notes, and its files with their digests."""

    format: str
    folder: Path
    parity: Parity
    notes: Sequence[str]
    files: dict[str, dict[str, Any]]
    int8: Loss | None = None


def export(
    predictor: Predictor,
    formats: Sequence[str],
    output: Path,
    *,
    rows: HeldOut | None = None,
    int8: bool = False,
    force: bool = False,
) -> list[Exported]:
    """Write each format to `output`/FORMAT. Raises `UserError` before anything is written, or for the first that fails.

    `rows` take the place of the run's held-out rows. A folder that is there is replaced, with `force`, once the new
    export is whole.
    """
    check_all_free(output, formats, force=force)
    exporters = {name: FORMATS.load(name)() for name in formats}
    rows = rows or held_out(predictor)
    return [
        kept(predictor, name, exporter, output / name, rows, int8=int8)
        for name, exporter in exporters.items()
    ]


def check_all_free(output: Path, formats: Sequence[str], *, force: bool) -> None:
    """Raise `UserError` where the folder of a format cannot be written, see `check_free`."""
    for name in formats:
        check_free(output / name, force=force)


def check_free(folder: Path, *, force: bool) -> None:
    """Raise `UserError` where a folder is there that is not to be replaced, or is not an export."""
    if not folder.exists():
        return
    if not force:
        raise UserError(f"{folder} is there already: choose another --output, or replace it with --force")
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / DOCUMENT).is_file()):
        raise UserError(
            f"{folder} is not an export, as it has no {DOCUMENT}: it is not replaced. Choose another --output"
        )


def kept(
    predictor: Predictor, name: str, exporter: Exporter, folder: Path, rows: HeldOut, *, int8: bool = False
) -> Exported:
    """Write one format, compare it with the run, and give it its name. If anything fails, nothing is kept.

    Raises `ParityError` where the export answers otherwise than the run, and `ExportError` where it cannot be written.
    """
    loss = None
    with durable.placed(folder) as partial:
        notes = [*exporter.write(in_float32(predictor), partial)]
        wanted = in_float32(predictor, predictor.trained.precision.device)
        wanted = exporter.compared(wanted) if isinstance(exporter, Undrawn) else wanted
        if isinstance(exporter, Weighted):
            weights = compare_weights(exporter.weights(wanted, partial))
            notes.append(f"{counted(weights, 'tensor')} of weights compared, all equal")
        before = _stamps(partial)
        parity = check(wanted, partial, rows)
        if _stamps(partial) != before:
            raise ExportError(f"{name}: predict.py of the export changes files of its folder when it is run")
        notes += _of_ties(parity)
        if isinstance(exporter, Piped):
            notes += exporter.piped(wanted, partial, rows)
        if int8 and isinstance(exporter, Quantising):
            file, more = exporter.quantise(partial)
            loss = loss_of(wanted, partial, file, rows, parity)
            notes += more
        files = _digests(partial)
        exported = Exported(name, folder, parity, tuple(notes), files, loss)
        text = json.dumps(document(predictor, exported), indent=2, ensure_ascii=False)
        (partial / DOCUMENT).write_text(text + "\n", encoding="utf-8")
        # It says how the folder is used, for which it reads what is there.
        papers = card(predictor.trained.directory.path, partial)
        (partial / CARD).write_text(papers, encoding="utf-8", errors="backslashreplace")
        durable.share(partial, like=partial / CARD)
        if folder.exists():
            durable.remove(folder)
    return exported


def _stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    """The size and the time of the last change of each file."""
    found = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (one.st_size, one.st_mtime_ns) for path, one in found.items()}


def _of_ties(parity: Parity) -> list[str]:
    """What the user should know of rows that do not show whether a class is right."""
    if not parity.undecided:
        return []
    words = f"in {parity.undecided:,} of {counted(parity.rows, 'row')} another answer is as likely to the run"
    return [f"{words}: they do not show a wrong class"]


def _digests(folder: Path) -> dict[str, dict[str, Any]]:
    """The size and SHA-256 of each file. Raises `ExportError` where nothing was written."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise ExportError(f"{folder.name}: nothing was written")
    return {path.relative_to(folder).as_posix(): durable.digest(path) for path in files}


def document(predictor: Predictor, exported: Exported) -> dict[str, Any]:
    """What export.json says."""
    trained = predictor.trained
    return {
        "version": VERSION,
        # Its name alone: the file leaves this machine.
        "run": trained.directory.path.absolute().name,
        "checkpoint": trained.checkpoint.name,
        **facts(exported),
    }


def facts(exported: Exported) -> dict[str, Any]:
    """An export as JSON holds it."""
    return {
        "format": exported.format,
        "files": exported.files,
        "parity": asdict(exported.parity),
        "int8": asdict(exported.int8) if exported.int8 else None,
        "notes": list(exported.notes),
    }
