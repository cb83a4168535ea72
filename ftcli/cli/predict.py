"""`ftcli predict`: label new examples."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ftcli.cli.preconditions import check_alone, check_installation, check_output, run_among
from ftcli.cli.predictions import Saved, check_ending, inert_row, printable_row, write_csv, write_whole
from ftcli.errors import UserError


def predict(
    checkpoint: Path | None,
    arguments: Sequence[str],
    table: str | None,
    output: Path | None,
    save: Path | None,
    device: str | None,
    *,
    spreadsheet: bool = False,
) -> None:
    """Label the files or texts among the arguments, whose first may be the run; or the rows of a table.

    Texts are written as they are, but for a `spreadsheet`, which would evaluate some of them.
    """
    path, arguments = run_among(checkpoint, arguments, "predict {} FILE...")
    if bool(arguments) == (table is not None):
        raise UserError("give either files or --input TABLE to predict")
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
    work = predict_arguments(predictor, arguments, table)
    made = saved.rows(work.predictions)
    rows = map(inert_row, made) if spreadsheet else made
    if output is None:
        write_csv(sys.stdout, map(printable_row, rows))
    else:
        write_whole(output, rows)
        print(f"{saved.predictions:,} predictions in {output}")
    without = f"{saved.empty:,} of {saved.predictions:,} examples have nothing to label, and no row"
    for note in (*work.notes, *([without] if saved.empty else [])):
        print(f"note: {note}", file=sys.stderr)
    if save is not None:
        print(f"{saved.files:,} files in {save}", file=sys.stderr if output is None else sys.stdout)


def _check_folder(save: Path) -> None:
    """Raise `UserError` for a folder that is not empty: nothing is overwritten."""
    if save.exists() and (not save.is_dir() or any(save.iterdir())):
        raise UserError(f"--save: {save} is there already, and not empty; choose another folder")
