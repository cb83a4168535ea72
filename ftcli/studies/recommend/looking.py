"""The stage of evidence: the features of each candidate on one sample, and what they say."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.splitting.selection import Selection
from ftcli.errors import UserError, listing
from ftcli.studies.recommend.finding import measure_one
from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.studies.recommend.ranking.records import Evidence, Facts, Groups, OutOfTimeError
from ftcli.studies.recommend.ranking.rows import Row
from ftcli.studies.recommend.sample import LEAST, MOST, Sample, draw
from ftcli.studies.recommend.study import Study

if TYPE_CHECKING:
    from ftcli.runs.probing.features import KeptFeatures
    from ftcli.runs.session import Session

# Of the time that is left, what features may take where a race comes behind them, and where none does.
_BEFORE_RACE, _WITHOUT_RACE = 0.6, 0.9
# Images of another size than the best network expects: shares of that, to a multiple of so many pixels.
_SHARES, _STEP, _LEAST_SIDE = (5 / 7, 3 / 7), 32, 64


def look(study: Study) -> None:
    """The evidence of each candidate, the cheapest first. Raises `UserError` where there is none of any."""
    split = study.opened.train
    assert isinstance(split, Selection)
    if all(row.control for row in study.rows):
        return
    rows = sorted(study.rows, key=_seconds)
    sample = _sample_that_fits(study, split, rows)
    study.sampled = len(sample)
    for row in rows:
        _judge(study, row, sample)
        if study.only_raced is not None:
            study.sampled = 0
            return
    if not any(row.evidence is not None for row in rows):
        named: dict[str, list[str]] = {}
        for row in rows:
            named.setdefault(row.note, []).append(row.label)
        lines = [f"  {listing(labels, 4)}: {reason}" for reason, labels in named.items()]
        raise UserError("\n".join(["no network could be judged:", *lines]))


def resize(study: Study) -> None:
    """The best network for smaller images, too, which take less time."""
    best = study.answer.best if study.answer is not None else None
    if study.only_raced is not None or best is None or best.evidence is None or best.facts is None:
        return
    size, said = best.facts.image_size, study.base.data.image_size
    if size is None or said is not None or any(row.candidate.image_size for row in study.rows):
        return
    sides = [max(_LEAST_SIDE, round(size * share / _STEP) * _STEP) for share in _SHARES]
    _also(study, [best.candidate.resized(side) for side in dict.fromkeys(sides) if side < size])


def control(study: Study) -> None:
    """The best network with random weights, which costs what the best does."""
    best = study.answer.best if study.answer is not None else None
    if study.only_raced is None and best is not None and best.evidence is not None and not best.control:
        _also(study, [best.candidate.random()], best.facts)


def _also(study: Study, candidates: Sequence[Candidate], known: Facts | None = None) -> None:
    """Evidence of more candidates on the same sample, as far as there is time; `known` is what they cost."""
    split = study.opened.train
    assert isinstance(split, Selection)
    sample = draw(split, study.sampled, study.base.training.seed)
    new = study.add(candidates)
    for row in new:
        row.added, row.facts = row.control, known
        if known is None:
            measure_one(study, row)
        _judge(study, row, sample)
    for row in new:
        if row.evidence is None:
            study.notes.append(f"{row.label} was not tried: {row.note}")
            study.rows.remove(row)


def _seconds(row: Row) -> float:
    return row.facts.seconds if row.facts is not None else 0.0


def _sample_that_fits(study: Study, split: Selection, rows: Sequence[Row]) -> Sample:
    """The largest sample for which there is time, with all candidates that are not known on it; or the least one."""
    share = study.left() * (_BEFORE_RACE if study.asked.race else _WITHOUT_RACE)
    size = min(MOST, len(split))
    while True:
        sample = draw(split, size, study.base.training.seed)
        needed = size * sum(_seconds(row) for row in rows if _known(study, row, sample) is None)
        if needed <= share or size // 2 < LEAST:
            return sample
        size //= 2


def _known(study: Study, row: Row, sample: Sample) -> Evidence | None:
    return study.kept.get("evidence", _key(row, sample), Evidence)


def _key(row: Row, sample: Sample) -> str:
    return f"{row.key}-{sample.key[:16]}"


def _judge(study: Study, row: Row, sample: Sample) -> None:
    """The evidence of a candidate, kept or computed now; its note says why there is none."""
    if row.facts is None:
        return
    row.evidence = _known(study, row, sample)
    if row.evidence is not None:
        return
    needed, left = len(sample) * row.facts.seconds, study.left()
    if needed > left:
        row.note = (
            f"its features take about {needed:.0f} s, and {max(0.0, left):.0f} s are left: --time gives more"
        )
        return
    from ftcli.studies.recommend.inspecting import reason

    try:
        row.evidence = _found(study, row, sample)
    except OutOfTimeError:
        row.note = "the time was over before its features were computed: --time gives more"
    except UserError as error:
        row.note = reason(error)
    if row.evidence is not None:
        study.kept.put("evidence", _key(row, sample), row.evidence)


def _found(study: Study, row: Row, sample: Sample) -> Evidence | None:
    """The evidence, computed; None where such features do not exist. Raises `OutOfTimeError`, and `EvidenceError`."""
    from ftcli.runs.probing.features import whole_features
    from ftcli.studies.recommend.evidence import judge
    from ftcli.studies.recommend.inspecting import opened

    session = study.held.pop(row.key, None) or opened(row.candidate, study.base)
    deadline = time.monotonic() + study.left()

    def watch(done: int, total: int) -> None:
        study.say(f"features of {row.label}: {done:,} of {total:,}")
        if time.monotonic() > deadline:
            raise OutOfTimeError

    kept = whole_features(
        session, session.splits.train, indices=sample.positions.tolist(), watch=watch, layer_mean=True
    )
    if kept.reason is not None:
        study.only_raced = kept.reason
        return None
    study.say(f"evidence of {row.label}")
    groups, seed = _groups(study, sample), study.base.training.seed
    found = judge(kept, study.opened.target, groups, figure=_figure(session, kept), seed=seed)
    return replace(found, layer_mean=kept.layer_mean)


def _figure(session: Session, kept: KeptFeatures) -> str:
    """The figure that a training watches, where it can be computed of features; else the usual one, or the nearest."""
    import torch

    from ftcli.studies.recommend.evidence import FIGURES

    task: Any = session.task
    nothing = torch.zeros(len(kept.targets), session.task.target.outputs)
    known = task.unit_figures(nothing, torch.from_numpy(kept.targets)).keys() & FIGURES.keys()
    kind = KINDS[session.task.target.kind]
    nearest = kind.probing.figure if kind.probing is not None else kind.figure
    return next((one for one in (session.metric, kind.figure) if one in known), nearest)


def _groups(study: Study, sample: Sample) -> NDArray[np.int64]:
    """Which examples of the sample are nearly the same, kept or found now."""
    known = study.kept.get("groups", sample.key, Groups)
    if known is not None and len(known.numbers) == len(sample):
        return np.asarray(known.numbers, dtype=np.int64)
    study.say("looking for copies")
    found = sample.groups(study.opened.target.classes)
    study.kept.put("groups", sample.key, Groups(tuple(found.tolist())))
    return found
