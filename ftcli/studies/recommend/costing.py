"""The stage of costs: real optimizer steps of the candidates that may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftcli.errors import UserError
from ftcli.studies.recommend.finding import check_any_left
from ftcli.studies.recommend.ranking.records import Cost
from ftcli.studies.recommend.ranking.rows import Row
from ftcli.studies.recommend.study import Study

if TYPE_CHECKING:
    from ftcli.runs.session import Session

# Candidates whose steps are measured, and the share of the time that is left which one of them may take.
_MOST, _SHARE = 4, 0.15
# Examples of a usual batch; how many forward passes of one measuring takes about, and the seconds that come on top, for
# checkpoints and collected garbage (measured on small and usual networks).
_BATCH, _PASSES, _ON_TOP = 32, 70, 8.0


def cost(study: Study) -> None:
    """Measure the best and those within noise of it. One that takes more than --memory is left out.

    Raises `UserError` where none is left.
    """
    for row in _wanted(study):
        row.cost = study.kept.get("cost", row.key, Cost)
        if row.cost is None:
            _measure(study, row)
        most = study.asked.memory
        if most is not None and row.cost is not None and row.cost.memory > most:
            row.note = f"training takes {row.cost.memory / 2**30:.2f} GiB, more than --memory"
            study.leave_out([row])
    check_any_left(study)


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
    """Take a few steps, unless that takes too much of the time, or more than the training; then the guess stays."""
    if row.facts is None:
        return
    needed, asked = _seconds(study, row.facts.forward), study.asked.memory is not None
    if needed > _SHARE * study.left() or (needed > row.facts.train and not asked):
        return
    from ftcli.studies.recommend.inspecting import ready_to_train

    study.say(f"measuring steps of {row.label}")
    try:
        row.cost = measured(ready_to_train(row.candidate, study.base))
    except UserError as error:
        study.notes.append(f"steps of {row.label} could not be measured: {str(error).splitlines()[0]}")
    if row.cost is not None:
        study.kept.put("cost", row.key, row.cost)


def _seconds(study: Study, forward: float) -> float:
    """What measuring takes; `forward` is the seconds of one example."""
    size = study.base.data.batch_size
    return _ON_TOP + _PASSES * (size if isinstance(size, int) else _BATCH) * forward


def measured(session: Session) -> Cost | None:
    """What training costs, by real steps, as `ftcli plan` says it; None where no step is taken."""
    from ftcli.runs.fit_assembly import build_fit
    from ftcli.runs.measuring.expected import Outline
    from ftcli.studies.planning.planning import measured as planned

    fit, caching, validation = build_fit(session, dry=True)
    if not fit.plan.epochs:
        return None
    found, _ = planned(Outline.of(session, fit, caching, validation))
    return None if found.memory is None or found.seconds is None else Cost(float(found.memory), found.seconds)
