"""What is scored when a training ends: the best checkpoint on both splits, and what became of each example of one."""

from __future__ import annotations

from collections.abc import Mapping

from ftcli.contracts import Prediction
from ftcli.runs.batches import scored_batches
from ftcli.runs.caching import Caching
from ftcli.runs.directory import RunDirectory
from ftcli.runs.outcomes.files import ScoredSplit, write_outcomes
from ftcli.runs.outcomes.pictures import predicted
from ftcli.runs.outcomes.scored_examples import ScoredExamples
from ftcli.runs.resuming import load_best
from ftcli.runs.scoring import Scores, Validation, score
from ftcli.runs.session import Session
from ftcli.system import signals


def scored_at_end(
    session: Session, directory: RunDirectory, caching: Caching, validation: Validation | None
) -> dict[str, Scores]:
    """Score the best checkpoint on `val` and `test`, as far as its epoch has not done so; write the outcomes.

    All processes of a group call it. The outcomes are those of the test split, else of the validation split.
    """
    splits, known = session.splits, validation.best() if validation is not None else None
    there = {name: split for name in ("val", "test") if (split := getattr(splits, name)) is not None}
    scores = {} if known is None else {"val": known}
    unknown = {name: split for name, split in there.items() if name not in scores}
    if unknown or (there and session.task.draws):
        load_best(session, directory)
    for name, split in unknown.items():
        signals.check()
        batches = scored_batches(caching, split)
        with session.group.unsharded(session.model) as whole:
            scores[name] = score(whole, session.task, batches, session.precision, session.group)
    if there:
        name = "test" if "test" in there else "val"
        _write(session, directory, caching, ScoredSplit.of(splits, name, scores[name]))
    return scores


def _write(session: Session, directory: RunDirectory, caching: Caching, given: ScoredSplit) -> None:
    task, group = session.task, session.group
    scored = ScoredExamples.of(task, given.scores)
    drawn: Mapping[int, Prediction] = {}
    if task.draws:
        signals.check()
        rows = group.broadcast(None if scored is None else scored.worst()) or []
        with group.unsharded(session.model) as whole:
            drawn = predicted(whole, task, caching, given.split, rows)
    if group.leads:
        write_outcomes(directory, session.experiment, task, given, scored, drawn)
