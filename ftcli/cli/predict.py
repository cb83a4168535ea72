"""`ftcli predict`: label new examples."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ftcli.cli.preconditions import check_alone, check_installation, check_output, check_table, run_among
from ftcli.cli.predictions import Saved, check_ending, printable_row, write_whole
from ftcli.cli.screen import show_left_out
from ftcli.errors import UserError, counted
from ftcli.runs.outcomes.cells import inert_row, write_csv


def predict(
    checkpoint: Path | None,
    arguments: Sequence[str],
    table: str | None,
    output: Path | None,
    save: Path | None,
    device: str | None,
    bad_files: str | None = None,
    *,
    spreadsheet: bool = False,
) -> bool:
    """Label the files or texts among the arguments, whose first may be the run; or the rows of a table.

    Texts are written as they are, but for a `spreadsheet`, which would evaluate some of them. Gives whether all of them
    have a prediction.
    """
    path, arguments = run_among(checkpoint, arguments, "predict {} FILE...")
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
    from ftcli.data.standard_input import MARK, is_terminal
    from ftcli.runs.inference.evaluating import predict_arguments
    from ftcli.runs.inference.predictor import Predictor

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
    return not work.left_out


def _check_folder(save: Path) -> None:
    """Raise `UserError` for a folder that is not empty: nothing is overwritten."""
    if save.exists() and (not save.is_dir() or any(save.iterdir())):
        raise UserError(f"--save: {save} is there already, and not empty; choose another folder")
