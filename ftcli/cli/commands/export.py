"""`ftcli export`: a run as files that need no ftcli."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ftcli.cli.arguments import CheckpointOption, DeviceOption, JsonOption, OfflineOption, Run
from ftcli.cli.preconditions import check_alone, check_installation, run_among
from ftcli.errors import UserError, printable
from ftcli.ship import FORMATS
from ftcli.system.offline import go_offline

if TYPE_CHECKING:
    from ftcli.ship.exporting import Exported


def export(
    run: Run = None,
    formats: Annotated[
        list[str] | None,
        typer.Argument(metavar="FORMAT", help=f"One or more of {', '.join(FORMATS)}.", show_default=False),
    ] = None,
    checkpoint: CheckpointOption = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Where the folders of the formats go, in place of RUN/export.", show_default=False),
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="For onnx: also a network of 8-bit weights, and what it loses.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(
            help="The rows to compare on: val, test, train, or a path to labelled data.", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an export that is there.")] = False,
    device: DeviceOption = None,
    as_json: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Write a trained model for other programs; kept only if it answers as the run does."""
    if offline:
        go_offline()
    path, named = run_among(
        checkpoint, [*([] if run is None else [run]), *(formats or [])], "export {} FORMAT"
    )
    chosen = _checked(named, int8=int8)
    check_installation()
    check_alone("export")
    from ftcli.runs.inference.predictor import Predictor
    from ftcli.ship.exporting import check_all_free, export
    from ftcli.ship.parity.rows import rows_of

    folder = output or path_of(path) / "export"
    check_all_free(folder, chosen, force=force)
    predictor = Predictor.open(path, device=device or "cpu")
    made = export(predictor, chosen, folder, rows=rows_of(predictor, data), int8=int8, force=force)
    (_print_json if as_json else _show)(made)


def path_of(path: Path) -> Path:
    """The run of a path that may be one of its checkpoints."""
    from ftcli.runs.directory import RunDirectory

    return (
        path
        if (path / "experiment.yaml").is_file()
        else RunDirectory.existing(path.absolute().parents[1]).path
    )


def _checked(named: Sequence[str], *, int8: bool) -> list[str]:
    """The formats, each once. Raises `UserError` for a name that is not a format."""
    if not named:
        raise UserError(f"say in which format: one or more of {', '.join(FORMATS)}")
    unknown = next((name for name in named if name not in FORMATS), None)
    if unknown is not None:
        raise UserError(FORMATS.unknown(unknown))
    if int8 and "onnx" not in named:
        raise UserError("--int8 is for onnx, which is not among the formats")
    return list(dict.fromkeys(named))


def _print_json(made: Sequence[Exported]) -> None:
    from ftcli.cli.predictions import printable_json
    from ftcli.ship.exporting import facts

    print(printable_json({"exports": [{"folder": str(one.folder), **facts(one)} for one in made]}, indent=2))
    _print_notes(made)


def _show(made: Sequence[Exported]) -> None:
    from ftcli.cli.screen import Screen
    from ftcli.cli.terminal_table import show_rows

    show_rows(Screen(), [row for one in made for row in _rows(one)], paths="folder")
    _print_notes(made)


def _rows(one: Exported) -> list[dict[str, Any]]:
    """A row for the export, and one for its network of 8 bits."""
    parity, int8 = one.parity, one.int8
    integers = () if int8 is None else (int8.file,)
    largest = max((name for name in one.files if name not in integers), key=lambda name: _size(one, name))
    row = {
        "format": one.format,
        "folder": str(one.folder),
        "file": largest,
        "MB": f"{_size(one, largest) / 1e6:.1f}",
        "max |d|": f"{parity.largest:.1e}" if parity.largest else "0",
        "same answers": f"{parity.same_answers}/{parity.rows}",
        parity.figure: f"{parity.after:.4g} {'~' if parity.reordered else '='} {parity.before:.4g}",
        "batches": ", ".join(map(str, parity.batch_sizes)),
        "ms/row": f"{parity.milliseconds:.1f}, eager {parity.eager_milliseconds:.1f}",
    }
    if int8 is None:
        return [row]
    rounded = {
        **dict.fromkeys(row, ""),
        "format": "int8",
        "folder": row["folder"],
        "file": int8.file,
        "MB": f"{_size(one, int8.file) / 1e6:.1f}",
        parity.figure: f"{int8.after:.4g}, was {int8.before:.4g}",
        "ms/row": f"{int8.milliseconds:.1f}",
    }
    return [row, rounded]


def _size(one: Exported, name: str) -> int:
    return int(one.files[name]["bytes"])


def _print_notes(made: Sequence[Exported]) -> None:
    for one in made:
        for note in one.notes:
            print(f"note: {one.format}: {printable(note)}", file=sys.stderr)
