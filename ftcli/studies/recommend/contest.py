"""The stage of the race: which candidates are fine-tuned, and what is kept of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ftcli.data.splitting.selection import Selection
from ftcli.errors import UserError
from ftcli.studies.recommend.kept import key_of
from ftcli.studies.recommend.ranking.pooling import ranks
from ftcli.studies.recommend.ranking.records import PROMOTED, SHARES, Raced
from ftcli.studies.recommend.ranking.rows import Row
from ftcli.studies.recommend.sample import content
from ftcli.studies.recommend.study import Study
from ftcli.studies.recommend.terms import comparable, differences

FOLDER = "race"


def contest(study: Study) -> None:
    """Race the best candidates, unless it is known which is the best, or there is no time or nothing to race on."""
    found = study.answer
    if found is None or study.asked.race == 0:
        return
    rows = chosen_to_race(
        found.order.rows, found.order.prior.values if found.order.prior else (), study.asked.race
    )
    if len(rows) < 2:
        if study.asked.race == 1:
            study.notes.append(
                "not raced: --race 1 leaves one to compare with nothing; 2 would be right, or 0"
            )
        return
    if found.settled and found.order.rows[0].evidence is not None:
        study.notes.append("not raced: the evidence tells the best from all others")
        return
    if study.opened.val is None:
        study.notes.append("not raced: there is no validation split to compare by; data.val names one")
        return
    _race(study, rows)


def chosen_to_race(rows: Sequence[Row], priors: Sequence[object], most: int) -> list[Row]:
    """The best of the pooled order, and what the prior alone would take, at most as many as asked for."""
    if not rows or most < 1:
        return []
    top = [*rows[:most]]
    if len(priors) == len(rows):
        favourite = rows[int(ranks(priors).argmin())]
        if favourite not in top and most > 1:
            top[-1] = favourite
    return top


def known(study: Study, key: str) -> dict[float, Raced]:
    """What an earlier call has of a race, by the shares at which it pauses."""
    found = {share: study.kept.get(FOLDER, f"{key}-{share:.3f}", Raced) for share in SHARES}
    return {share: one for share, one in found.items() if one is not None}


def _race(study: Study, rows: Sequence[Row]) -> None:
    data = study.opened
    parts = [part for part in (data.train, data.val) if isinstance(part, Selection)]
    now = "".join(content(part) for part in parts)
    study.notes += differences(study.base)
    keys = [key_of(row.candidate, study.base, now) for row in rows]
    for row, key in zip(rows, keys, strict=True):
        row.rungs = known(study, key)
    if not is_over([row.rungs for row in rows]):
        _go_on(study, rows, keys)


def is_over(rungs: Sequence[Mapping[float, Raced]]) -> bool:
    """Whether all were trained to the first share, and as many as are promoted to the end."""
    return all(SHARES[0] in one for one in rungs) and sum(SHARES[-1] in one for one in rungs) >= min(
        PROMOTED, len(rungs)
    )


def _go_on(study: Study, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """Train what is left. Imports what trains."""
    from ftcli.studies.recommend.inspecting import reason
    from ftcli.studies.recommend.racing import Entrant, race

    entrants, by_name = [], {}
    for row, key in zip(rows, keys, strict=True):
        by_name[row.label] = (row, key)
        entrants.append(
            Entrant(
                row.label,
                comparable(replace(row.candidate.experiment(study.base), output=None)),
                study.folder / FOLDER / key,
                row.seconds,
                row.rungs,
            )
        )

    def finished(entrant: Entrant) -> None:
        row, key = by_name[entrant.name]
        row.rungs = entrant.rungs
        for share, rung in entrant.rungs.items():
            study.kept.put(FOLDER, f"{key}-{share:.3f}", rung)

    try:
        study.notes += race(entrants, study.left, study.say, finished)
    except UserError as error:
        study.notes.append(f"the race ended: {reason(error)}")
