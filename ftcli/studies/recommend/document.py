"""What a study writes: recommend.json with all that is known, and recommended.yaml, which trains as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ftcli.config.dump import dump_changed
from ftcli.data.findable import findable
from ftcli.errors import command, printable
from ftcli.studies.folder import is_free
from ftcli.studies.money import money
from ftcli.studies.recommend.ranking.answer import Answer
from ftcli.studies.recommend.ranking.rows import Row
from ftcli.studies.recommend.study import Study
from ftcli.system import durable

VERSION = 1
JSON, YAML = "recommend.json", "recommended.yaml"


def write(study: Study, state: str) -> dict[str, Any]:
    """Write both files, whole or not at all; gives the document. `state`: complete, running, or what ended it."""
    found = document(study, state)
    durable.make(study.folder)
    if study.answer is not None:
        durable.write_text(study.folder / YAML, recommended(study, study.answer))
    durable.write_text(study.folder / JSON, json.dumps(found, indent=2) + "\n")
    return found


def recommended(study: Study, answer: Answer) -> str:
    """The user's keys with the chosen network, and absolute paths, so that it trains from any folder."""
    experiment = findable(replace(answer.chosen.candidate.experiment(study.base), output=None))
    head = f"# {printable(answer.chosen.label)}: {printable(answer.words)}.\n"
    return head + f"# {printable(command('train', study.folder / YAML))}\n" + dump_changed(experiment)


def document(study: Study, state: str) -> dict[str, Any]:
    """What is known so far, as JSON holds it; a figure that is not known is null."""
    answer = study.answer
    order = answer.order if answer is not None else None
    rows = (
        [*order.rows, *(row for row in study.rows if row not in order.rows)]
        if order is not None
        else study.rows
    )
    return {
        "version": VERSION,
        "state": state,
        "task": study.base.task,
        "examples": study.examples,
        "sampled": study.sampled,
        "chance": _chance(study),
        "seconds": {**study.seconds, "all": round(study.elapsed(), 2)},
        "prior": _prior(answer),
        "price": study.asked.price,
        "candidates": [
            {**candidate(row, answer), "money": money(study.asked.price, row.seconds)} for row in rows
        ],
        "not_tried": [asdict(one) for one in study.absent],
        "only_raced": study.only_raced,
        "notes": study.notes,
        **_choice(study, answer),
    }


def _chance(study: Study) -> float | None:
    """What always answering the commonest class scores, by the figure of the evidence, or the accuracy without any."""
    judged = next((row.evidence for row in study.rows if row.evidence is not None), None)
    return study.chance if judged is None else judged.chance


def _prior(answer: Answer | None) -> Mapping[str, Any] | None:
    if answer is None or answer.order.prior is None:
        return None
    return {"measure": answer.order.prior.words, "weight": answer.order.weight}


def _choice(study: Study, answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return dict.fromkeys(
            ("best", "chosen", "why", "no_difference", "control_ties", "compared_by", "recommended")
        )
    return {
        "best": answer.best.candidate.name,
        "chosen": answer.chosen.candidate.name,
        "why": answer.words,
        "no_difference": answer.alike,
        "control_ties": answer.control_ties,
        "compared_by": "race" if answer.raced > 0 else "features",
        "recommended": str(study.folder / YAML),
    }


def candidate(row: Row, answer: Answer | None) -> dict[str, Any]:
    """One candidate: what it is, what its features say, how it was raced, what it costs, and how it differs."""
    name, one = row.candidate.name, row.candidate
    apart = answer.differences.get(name) if answer is not None else None
    evidence, raced = row.evidence, row.raced
    return {
        "name": name,
        "label": row.label,
        "backbone": one.backbone,
        "weights": one.weights,
        "image_size": one.image_size,
        "control": one.control,
        "rank": row.rank,
        "evidence": None if evidence is None else _without(asdict(evidence), "scores"),
        "raced": None if raced is None else _without(asdict(raced), "scores"),
        "cost": _cost(row),
        "difference": None if apart is None else asdict(apart),
        "undominated": None if answer is None else answer.undominated.get(name),
        "note": row.note or None,
    }


def _cost(row: Row) -> dict[str, Any] | None:
    """What is known of the costs: `train` in seconds, guessed from forward passes unless `measured` by steps."""
    if row.facts is None:
        return None
    measured = {"memory": None} if row.cost is None else asdict(row.cost)
    return {**_without(asdict(row.facts), "source"), **measured, "measured": row.cost is not None}


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def is_study(folder: Path) -> bool:
    """Whether a folder is that of a study, or there is nothing in it yet."""
    return (folder / JSON).is_file() or is_free(folder)
