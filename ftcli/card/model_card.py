"""The model card within a bill of materials: what the model takes and gives, and how good it is, by class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ftcli.card.facts import Facts
from ftcli.card.hub import TASKS
from ftcli.report.outcomes import Figure
from ftcli.report.sections.classes import column_of_names, weak_classes

_MOST_WEAK = 3
Document = dict[str, Any]


def model_card(facts: Facts, data: Sequence[str]) -> Document:
    """The card; `data` are the references of the data sets."""
    cards = {
        "modelParameters": _parameters(facts, data),
        "quantitativeAnalysis": {"performanceMetrics": list(_metrics(facts))},
        "considerations": _considerations(facts),
    }
    return {key: value for key, value in cards.items() if any(value.values())}


def _parameters(facts: Facts, data: Sequence[str]) -> Document:
    row, kind = TASKS.get(facts.run.task), facts.kind
    found: Document = {
        "task": facts.run.task,
        "modelArchitecture": facts.known.architecture or facts.backbone,
        "datasets": [{"ref": one} for one in data],
        "inputs": [{"format": row.takes.name}] if row is not None else [],
        "outputs": [{"format": kind.plural}] if kind is not None else [],
    }
    # Of other kinds the targets may be the inputs.
    if kind is not None and kind.labelled and kind.guessed:
        found = {"approach": {"type": "supervised"}, **found}
    return {key: value for key, value in found.items() if value}


def _metrics(facts: Facts) -> Iterator[Document]:
    """Figures of the scored split, then those of each of its classes."""
    split = facts.outcomes.split
    for name, one in facts.outcomes.figures.items():
        yield _metric(name, split, one)
    rows = facts.outcomes.per_class
    names = column_of_names(rows)
    for row in rows:
        for name, value in row.items():
            if name != names and not isinstance(value, str):
                yield _metric(name, f"{split}, class {row.get(names, '')}", Figure(value))


def _metric(name: str, part: str, one: Figure) -> Document:
    found: Document = {"type": name, "value": repr(one.value), "slice": part}
    if one.low is not None and one.high is not None:
        found["confidenceInterval"] = {"lowerBound": repr(one.low), "upperBound": repr(one.high)}
    return found


def _considerations(facts: Facts) -> Document:
    """What is known, and what a person has answered in the card."""
    answers: Mapping[str, str] = facts.answers
    rows = facts.outcomes.per_class
    names = column_of_names(rows)
    weak = [f"weak at the class {row.get(names, '')}" for row in weak_classes(rows)[:_MOST_WEAK]]
    found = [facts.names.of(one.message) for one in facts.run.findings or () if one.severity != "note"]
    limits = [answers["limits"]] if "limits" in answers else []
    considered: Document = {
        "useCases": [answers["use"]] if "use" in answers else [],
        "technicalLimitations": [*limits, *weak, *found],
        "ethicalConsiderations": [{"name": answers["ethics"]}] if "ethics" in answers else [],
    }
    return {key: value for key, value in considered.items() if value}
