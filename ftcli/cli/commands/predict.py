"""`ftcli predict`: label new examples."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ftcli.cli.arguments import (
    BadFilesOption,
    CheckpointOption,
    DeviceOption,
    ForceOption,
    JsonOption,
    OfflineOption,
    Run,
)
from ftcli.cli.preconditions import check_alone, check_installation, check_output, check_table, run_among
from ftcli.errors import LEFT_OUT, UserError, counted, printable
from ftcli.system.offline import go_offline

if TYPE_CHECKING:
    from ftcli.cli.predictions import Saved
    from ftcli.contracts import Example, Prediction
    from ftcli.runs.inference.evaluating import Work
    from ftcli.runs.inference.predictor import Predictor


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
    force: ForceOption = False,
    save: Annotated[
        Path | None,
        typer.Option(help="A new folder for pictures, masks and sounds.", show_default=False),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            min=1, help="The so many likeliest classes, in place of all probabilities.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
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
    from ftcli.cli.predictions import Saved, check_ending

    if bool(arguments) == (table is not None):
        raise UserError("say what to predict: files, folders or texts, or --input TABLE; not both")
    check_table(table)
    if spreadsheet and as_json:
        raise UserError("--spreadsheet is for .csv and .tsv, and --json has no formulas: leave it out")
    if output is not None:
        check_output(output, force=force)
        _check_not_read(output, (*arguments, table))
        check_ending(output, spreadsheet=spreadsheet)
    if save is not None:
        _check_folder(save)
    check_installation()
    check_alone("predict")
    from ftcli.cli.screen import show_left_out
    from ftcli.data.standard_input import MARK, is_terminal
    from ftcli.runs.inference.evaluating import predict_arguments
    from ftcli.runs.inference.predictor import Predictor
    from ftcli.runs.outcomes.cells import inert_row

    if MARK in (*arguments, table) and is_terminal():
        print("reading from the terminal: end with Ctrl-D on an empty line", file=sys.stderr)
    predictor = Predictor.open(path, device=device)
    on_terminal = output is None and not as_json and not spreadsheet and sys.stdout.isatty()
    work = predict_arguments(predictor, arguments, table, bad_files)
    saved = Saved(save)
    made = saved.rows(_ranked(predictor, work, top, sentence=on_terminal))
    rows = map(inert_row, made) if spreadsheet else made
    if as_json:
        _print_json(predictor, output, rows, saved)
    else:
        _write(output, rows, saved, on_terminal=on_terminal)
    _show_notes(work, saved)
    if save is not None:
        plain = output is not None and not as_json
        print(f"{counted(saved.files, 'file')} in {save}", file=sys.stdout if plain else sys.stderr)
    show_left_out(work.left_out, "predicted")
    if work.left_out:
        raise typer.Exit(LEFT_OUT)


def _ranked(
    predictor: Predictor, work: Work, top: int | None, *, sentence: bool
) -> Iterator[tuple[Example, Prediction]]:
    """The predictions as they come; of classes with the likeliest ones, where these are asked for or on a terminal."""
    from ftcli.cli.likeliest import SHOWN, check_ranked, likeliest
    from ftcli.cli.waiting import watched
    from ftcli.contracts.target_kinds import KINDS

    kind = KINDS[predictor.target.kind]
    if top is not None:
        check_ranked(kind)
    pairs = watched(work.predictions, work.examples, "predicting")
    if top is None and not (sentence and kind.class_probabilities):
        return pairs
    return likeliest(pairs, top or SHOWN, sentence=sentence)


def _write(output: Path | None, rows: Iterable[dict[str, Any]], saved: Saved, *, on_terminal: bool) -> None:
    """The rows as a table for a person, as CSV for another program, or in a file."""
    from ftcli.cli.predictions import printable_row, write_whole
    from ftcli.cli.screen import Screen
    from ftcli.cli.terminal_table import show_table
    from ftcli.runs.outcomes.cells import write_csv

    if output is not None:
        write_whole(output, rows)
        print(f"{counted(saved.predictions, 'prediction')} in {output}")
    elif on_terminal:
        show_table(rows, Screen().console, paths="id")
    else:
        write_csv(sys.stdout, map(printable_row, rows))


def _print_json(
    predictor: Predictor, output: Path | None, rows: Iterable[dict[str, Any]], saved: Saved
) -> None:
    """One document: the rows, or the file that they are in."""
    from ftcli.cli.predictions import write_whole
    from ftcli.runs.inference.document import document, printable_json

    if output is not None:
        write_whole(output, rows)
        found: dict[str, Any] = {"output": str(output)}
    else:
        found = {"predictions": list(rows)}
    whole = document(str(predictor.trained.checkpoint), saved.predictions, **found)
    print(printable_json(whole, indent=2))


def _show_notes(work: Work, saved: Saved) -> None:
    without = f"nothing to label, and no row, in {saved.empty:,} of {counted(saved.predictions, 'example')}"
    for note in (*work.notes, *([without] if saved.empty else [])):
        print(f"note: {printable(note)}", file=sys.stderr)


def _check_not_read(output: Path, given: Sequence[str | None]) -> None:
    """Raise `UserError` where --force would overwrite what is to be predicted."""
    if output.exists() and any(
        one is not None and os.path.exists(one) and os.path.samefile(one, output) for one in given
    ):
        raise UserError(f"--output: {output} is what is to be predicted; choose another name")


def _check_folder(save: Path) -> None:
    """Raise `UserError` for a folder that is not empty: nothing is overwritten."""
    if save.exists() and (not save.is_dir() or any(save.iterdir())):
        raise UserError(f"--save: {save} is there already, and not empty; choose another folder")
