"""`ftcli eval`: score a run."""

from __future__ import annotations

import sys
from pathlib import Path

from ftcli.cli.preconditions import check_alone, check_installation, run_among
from ftcli.cli.predictions import printable_json
from ftcli.cli.screen import Screen, show_left_out, show_notes, show_scores
from ftcli.errors import UserError, counted, printable


def evaluate(
    run: str | None,
    checkpoint: Path | None,
    data: str | None,
    device: str | None,
    bad_files: str | None = None,
    *,
    as_json: bool,
) -> bool:
    """Score a run or checkpoint. Gives whether all examples were scored."""
    path, more = run_among(checkpoint, () if run is None else (run,), "eval {}")
    if more:
        raise UserError(f"--checkpoint {checkpoint} and {run}: give one run to score")
    check_installation()
    check_alone("eval")
    from ftcli.runs.inference.evaluating import evaluate_run
    from ftcli.runs.inference.predictor import Predictor

    predictor = Predictor.open(path, device=device)
    evaluation = evaluate_run(predictor, data, bad_files)
    checkpoint = predictor.trained.checkpoint
    name, scores = evaluation.data, evaluation.scores
    if as_json:
        document = {
            "checkpoint": str(checkpoint),
            "data": name,
            "examples": scores.examples,
            **scores.figures,
            "per_class": list(scores.per_class),
        }
        print(printable_json(document, indent=2))
        for note in evaluation.notes:
            print(f"note: {printable(note)}", file=sys.stderr)
    else:
        screen = Screen()
        screen.line(f"{checkpoint}: {counted(scores.examples, 'example')}")
        show_notes(screen, evaluation.notes)
        show_scores(screen, name, scores.figures, scores.per_class)
    show_left_out(evaluation.left_out, "scored")
    return not evaluation.left_out
