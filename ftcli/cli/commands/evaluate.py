"""`ftcli eval`: score a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ftcli.cli.arguments import (
    BadFilesOption,
    CheckpointOption,
    DeviceOption,
    JsonOption,
    OfflineOption,
    Run,
)
from ftcli.cli.preconditions import check_alone, check_installation, run_among
from ftcli.errors import LEFT_OUT, UserError, command, counted, printable
from ftcli.system.offline import go_offline

if TYPE_CHECKING:
    from ftcli.runs.inference.evaluating import Evaluation
    from ftcli.runs.inference.predictor import Predictor


def evaluate(
    run: Run = None,
    checkpoint: CheckpointOption = None,
    data: Annotated[
        str | None, typer.Option(help="val, test, train, or a path to labelled data.", show_default=False)
    ] = None,
    device: DeviceOption = None,
    bad_files: BadFilesOption = None,
    as_json: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Score a trained model."""
    if offline:
        go_offline()
    path, more = run_among(checkpoint, () if run is None else (run,), "eval {}")
    if more:
        raise UserError(f"--checkpoint {checkpoint} and {run}: give one run to score")
    check_installation()
    check_alone("eval")
    from ftcli.cli.screen import show_left_out
    from ftcli.runs.inference.evaluating import evaluate_run
    from ftcli.runs.inference.predictor import Predictor

    predictor = Predictor.open(path, device=device)
    evaluation = evaluate_run(predictor, data, bad_files)
    (_print_json if as_json else _show)(predictor, evaluation)
    if data is None:
        _add_outcomes(predictor)
    show_left_out(evaluation.left_out, "scored")
    if evaluation.left_out:
        raise typer.Exit(LEFT_OUT)


def _add_outcomes(predictor: Predictor) -> None:
    """Give a run of an earlier version what a training writes now, so that it can be shown and compared."""
    from ftcli.runs.outcomes.of_run import add_outcomes

    path = predictor.trained.directory.path
    try:
        if add_outcomes(predictor):
            words = f"{path} had no outcomes.json, and has it now: {command('report', path)} shows it"
            print(f"note: {printable(words)}", file=sys.stderr)
    except UserError as error:
        print(f"note: outcomes.json was not added: {printable(str(error))}", file=sys.stderr)


def _print_json(predictor: Predictor, evaluation: Evaluation) -> None:
    from ftcli.cli.predictions import printable_json

    scores = evaluation.scores
    document = {
        "checkpoint": str(predictor.trained.checkpoint),
        "data": evaluation.data,
        "examples": scores.examples,
        **scores.figures,
        "per_class": list(scores.per_class),
    }
    print(printable_json(document, indent=2))
    for note in evaluation.notes:
        print(f"note: {printable(note)}", file=sys.stderr)


def _show(predictor: Predictor, evaluation: Evaluation) -> None:
    from ftcli.cli.screen import Screen, show_notes, show_scores

    screen, scores = Screen(), evaluation.scores
    screen.line(f"{predictor.trained.checkpoint}: {counted(scores.examples, 'example')}")
    show_notes(screen, evaluation.notes)
    show_scores(screen, evaluation.data, scores.figures, scores.per_class)
