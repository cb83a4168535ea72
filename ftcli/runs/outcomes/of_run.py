"""The outcomes of a run that has ended without them, such as one of an earlier version."""

from __future__ import annotations

from ftcli.runs.checkpoints.retention import best
from ftcli.runs.files.run_files import OUTCOMES
from ftcli.runs.inference.evaluating import splits_of
from ftcli.runs.inference.predictor import Predictor
from ftcli.runs.outcomes.files import ScoredSplit, write_outcomes
from ftcli.runs.outcomes.pictures import predicted
from ftcli.runs.outcomes.scored_examples import ScoredExamples


def add_outcomes(predictor: Predictor) -> bool:
    """Write the outcomes of a run that has ended without them; whether that was so.

    Raises `UserError` as `write_run_outcomes` does.
    """
    directory, checkpoint = predictor.trained.directory, predictor.trained.checkpoint
    without = bool(directory.summary()) and not (directory.path / OUTCOMES[0]).exists()
    return without and checkpoint == best(directory.checkpoints) and write_run_outcomes(predictor)


def write_run_outcomes(predictor: Predictor) -> bool:
    """Score the test split of the run, else its validation split, and write what its training would have written.

    Gives whether the run has such a split. Raises `UserError` where its data is gone, or another process writes to it.
    """
    trained, task = predictor.trained, predictor.task
    splits = splits_of(predictor)
    name = next((one for one in ("test", "val") if getattr(splits, one) is not None), None)
    if name is None:
        return False
    given = ScoredSplit.of(splits, name, predictor.scores(getattr(splits, name)))
    scored = ScoredExamples.of(task, given.scores)
    rows = scored.worst() if scored is not None and task.draws else []
    drawn = predicted(trained.model, task, trained.caching, given.split, rows)
    trained.directory.lock.take()
    try:
        write_outcomes(trained.directory, predictor.experiment, task, given, scored, drawn)
    finally:
        trained.directory.lock.free()
    return True
