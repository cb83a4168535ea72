"""The first stages: the data, the candidates, what each of them is and costs."""

from __future__ import annotations

from collections.abc import Sequence

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.splits import open_splits
from ftcli.errors import UserError, listing
from ftcli.models.on_this_machine import models_here
from ftcli.studies.recommend.ranking.candidates import Absent, Found, named, on_this_machine, own_candidate
from ftcli.studies.recommend.ranking.records import Facts, Refused
from ftcli.studies.recommend.ranking.rows import Row
from ftcli.studies.recommend.study import Study
from ftcli.tasks import OUTLINES


def find(study: Study) -> None:
    """Open the data, and name the candidates: the user's network, and those on this machine or in `--models`.

    Raises `UserError` where nothing that `--models` names is there.
    """
    base, outline = study.base, OUTLINES[study.base.task]
    modality, form = outline.inputs[0].name, outline.form
    study.say("opening the data")
    study.splits = open_splits(
        base.data, inputs=outline.inputs, wants=outline.wants, seed=base.split_seed, places=base.places
    )
    study.chance = _chance(study)
    words = study.asked.models
    more = named(words, modality, form) if words else on_this_machine(modality, form)
    if words and not more.candidates:
        raise _nothing_named(study, more.absent)
    study.named = frozenset(one.identity for one in more.candidates) if words else frozenset()
    found = own_candidate(base.model, study.own_size).joined(more)
    study.absent = [*found.absent]
    study.add(_without_own_control(found).candidates)


def _chance(study: Study) -> float | None:
    """How often the commonest class is right, of examples, or of words; None where there are no such classes."""
    target = study.opened.target
    kind = KINDS[target.kind]
    one_each = kind.probing is not None and not kind.many and sum(target.counts) > 0
    return max(target.counts) / sum(target.counts) if one_each else None


def _without_own_control(found: Found) -> Found:
    """A network that the experiment trains from nothing is left out where there are others to choose."""
    usable = tuple(one for one in found.candidates if not one.control)
    return Found(usable or found.candidates, found.absent)


def measure(study: Study) -> None:
    """What each candidate is and costs. Raises `UserError` where none can be used, or none of those in `--models`."""
    for row in study.rows:
        measure_one(study, row)
    refused = {row.candidate.identity for row in study.rows if row.refused}
    study.leave_out([row for row in study.rows if row.facts is None])
    if study.named and study.named <= refused:
        raise _nothing_named(study, study.absent)
    check_any_left(study)


def check_any_left(study: Study) -> None:
    """Raise `UserError`, with the reasons, where no candidate is left but a control that was added to others."""
    if any(not row.added for row in study.rows):
        return
    lines = [f"  {one.name}: {one.reason}" for one in study.absent]
    nothing = "  none with pre-trained weights is on this machine"
    advice = "--models names networks of `ftcli list-models`, folders, and files of weights as NAME@FILE"
    raise UserError("\n".join(["there is no network to choose:", *(lines or [nothing]), advice]))


def _nothing_named(study: Study, absent: Sequence[Absent]) -> UserError:
    """That nothing in `--models` can be tried, and what could be."""
    outline = OUTLINES[study.base.task]
    here = models_here(outline.inputs[0].name, outline.form)
    lines = [f"  {one.name}: {one.reason}" for one in absent]
    there = f"On this machine, for this task: {listing(one.name for one in here)}"
    return UserError("\n".join(["--models: none of these networks can be tried:", *lines, there]))


def measure_one(study: Study, row: Row) -> None:
    """What one candidate is and costs, kept or measured now; its note says why it cannot be used."""
    row.facts = study.kept.get("facts", row.key, Facts)
    if row.facts is None:
        known = study.kept.get("facts", row.key, Refused)
        row.refused = known is not None
        row.note = known.reason if known is not None else _measured(study, row)
    if row.facts is not None and (beyond := _beyond_limits(study, row.facts)):
        row.facts, row.note = None, beyond


def _measured(study: Study, row: Row) -> str:
    """Open and time a candidate; why it cannot be used, or an empty text."""
    if study.left() <= 0 and any(one.facts is not None for one in study.rows):
        return "the time was over before it was opened: --time gives more"
    from ftcli.studies.recommend.inspecting import facts, opened, reason

    study.say(f"opening {row.label}")
    try:
        session = opened(row.candidate, study.base)
        row.facts = facts(session)
    except UserError as error:
        row.refused = True
        study.kept.put("facts", row.key, Refused(reason(error)))
        return reason(error)
    study.kept.put("facts", row.key, row.facts)
    study.hold(row, session)
    return ""


def _beyond_limits(study: Study, known: Facts) -> str:
    latency, memory = study.asked.latency, study.asked.memory
    if latency is not None and known.latency > latency:
        return f"{1000 * known.latency:.0f} ms for one example are more than --latency"
    if memory is not None and known.least_memory > memory:
        return f"training takes at least {known.least_memory / 2**30:.2f} GiB, more than --memory"
    return ""
