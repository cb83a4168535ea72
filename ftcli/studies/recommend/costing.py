"""The stage of costs: real optimizer steps of the candidates that may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftcli.config.schema import Experiment
from ftcli.errors import UserError
from ftcli.studies.recommend.records import Cost
from ftcli.studies.recommend.rows import Row
from ftcli.studies.recommend.study import Study

if TYPE_CHECKING:
    from ftcli.runs.session import Session

# Candidates whose steps are measured, and the share of the time that is left which one of them may take.
_MOST, _SHARE = 4, 0.15
_STEPS, _SKIPPED = 2, 1
# Examples of a usual batch, and what a step takes in forward passes.
_BATCH, _FORWARD = 32, 3
# Of a step, what the backward pass takes, which blocks that are frozen do without.
_BACKWARD = 2 / 3


def cost(study: Study) -> None:
    """Measure the best and those within noise of it. One that takes more than --memory is left out."""
    for row in _wanted(study):
        row.cost = study.kept.get("cost", row.key, Cost)
        if row.cost is None:
            _measure(study, row)
        most = study.asked.memory
        if most is not None and row.cost is not None and row.cost.memory > most:
            row.note = f"training takes {row.cost.memory / 2**30:.2f} GiB, more than --memory"
            study.leave_out([row])


def _wanted(study: Study) -> Sequence[Row]:
    found = study.answer
    if found is None:
        return ()
    apart = found.differences
    near = [
        row for row in found.order.rows if (one := apart.get(row.candidate.name)) is not None and one.small
    ]
    return [found.best, *near][:_MOST]


def _measure(study: Study, row: Row) -> None:
    """Take a few steps, unless that takes too much of the time; then the guess stays."""
    if row.facts is None or _seconds(study, row.facts.forward) > _SHARE * study.left():
        return
    from ftcli.studies.recommend.inspecting import opened

    study.say(f"measuring steps of {row.label}")
    try:
        session = opened(row.candidate, study.base)
        row.cost = measured(session, _batch(session.experiment))
    except UserError as error:
        study.notes.append(f"steps of {row.label} could not be measured: {str(error).splitlines()[0]}")
    if row.cost is not None:
        study.kept.put("cost", row.key, row.cost)


def _seconds(study: Study, forward: float) -> float:
    """What the steps take."""
    return (_STEPS + _SKIPPED) * _FORWARD * _batch(study.base) * forward


def _batch(experiment: Experiment) -> int:
    """Examples of a batch: a usual one where that is still to be found."""
    size = experiment.data.batch_size
    return size if isinstance(size, int) else _BATCH


def measured(session: Session, size: int) -> Cost | None:
    """What training costs by a few real steps of `size` examples; None where memory is too short for them."""
    from ftcli.runs.assembly import build_caching
    from ftcli.runs.measuring.steps import measure

    found = measure(session, [size], steps=_STEPS, skip=_SKIPPED)
    if not found:
        return None
    parts = (session.task, session.backbone, session.model, session.precision)
    _, caching = build_caching(session.experiment, *parts, dry=True)
    batches = -(-len(session.splits.train) // size)
    whole = len(session.backbone.blocks)
    share = sum(epoch_share(depth, whole) for depth in caching.depths)
    step = found[0].seconds
    return Cost(step, float(found[0].peak_bytes), step * batches * share)


def epoch_share(frozen: int, blocks: int) -> float:
    """What an epoch takes of one in which all blocks train: frozen ones have no backward pass.

    Where all are frozen their features are kept, so that an epoch takes next to nothing.
    """
    return 0.0 if frozen >= blocks > 0 else 1 - _BACKWARD * frozen / max(blocks, 1)
