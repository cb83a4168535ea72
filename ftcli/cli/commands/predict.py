"""`ftcli predict`: label new examples."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ftcli.cli.arguments import BadFilesOption, CheckpointOption, DeviceOption, OfflineOption, Run
from ftcli.cli.preconditions import check_alone, check_installation, check_output, check_table, run_among
from ftcli.errors import LEFT_OUT, UserError, counted
from ftcli.system.offline import go_offline


def predict(
    run: Run = None,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="Images, sounds, folders, 'patterns*', texts, text files, one table; or - for standard input.",
            show_default=False,
        ),
    ] = None,
    checkpoint: CheckpointOption = None,
    table: Annotated[
        str | None, typer.Option("--input", help="A table in place of files.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="A .csv, .tsv, .json, .jsonl or .parquet for the predictions.", show_default=False),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help="A new folder for pictures, masks and sounds.", show_default=False),
    ] = None,
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet",
            help="Put an apostrophe before texts in a .csv or .tsv that a spreadsheet would compute.",
        ),
    ] = False,
    device: DeviceOption = None,
    bad_files: BadFilesOption = None,
    offline: OfflineOption = False,
) -> None:
    """Label new examples."""
    if offline:
        go_offline()
    given = [*([] if run is None else [run]), *(files or [])]
    path, arguments = run_among(checkpoint, given, "predict {} FILE...")
    from ftcli.cli.predictions import Saved, check_ending, printable_row, write_whole

    if bool(arguments) == (table is not None):
        raise UserError("give either files or --input TABLE to predict")
    check_table(table)
    if output is not None:
        check_output(output)
        check_ending(output, spreadsheet=spreadsheet)
    if save is not None:
        _check_folder(save)
    check_installation()
    check_alone("predict")
    from ftcli.cli.screen import show_left_out
    from ftcli.data.standard_input import MARK, is_terminal
    from ftcli.runs.inference.evaluating import predict_arguments
    from ftcli.runs.inference.predictor import Predictor
    from ftcli.runs.outcomes.cells import inert_row, write_csv

    if MARK in (*arguments, table) and is_terminal():
        print("reading from the terminal: end with Ctrl-D on an empty line", file=sys.stderr)
    predictor = Predictor.open(path, device=device)
    saved = Saved(save)
    work = predict_arguments(predictor, arguments, table, bad_files)
    made = saved.rows(work.predictions)
    rows = map(inert_row, made) if spreadsheet else made
    if output is None:
        write_csv(sys.stdout, map(printable_row, rows))
    else:
        write_whole(output, rows)
        print(f"{counted(saved.predictions, 'prediction')} in {output}")
    without = f"nothing to label, and no row, in {saved.empty:,} of {counted(saved.predictions, 'example')}"
    for note in (*work.notes, *([without] if saved.empty else [])):
        print(f"note: {note}", file=sys.stderr)
    if save is not None:
        print(f"{counted(saved.files, 'file')} in {save}", file=sys.stderr if output is None else sys.stdout)
    show_left_out(work.left_out, "predicted")
    if work.left_out:
        raise typer.Exit(LEFT_OUT)


def _check_folder(save: Path) -> None:
    """Raise `UserError` for a folder that is not empty: nothing is overwritten."""
    if save.exists() and (not save.is_dir() or any(save.iterdir())):
        raise UserError(f"--save: {save} is there already, and not empty; choose another folder")
