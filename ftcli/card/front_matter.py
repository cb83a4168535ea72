"""The front matter of a card: what the Hugging Face hub reads of it, in the hub's words. Nothing in it is guessed."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ftcli.card.facts import Facts
from ftcli.card.hub import LICENCES, METRICS, OTHER, UNKNOWN
from ftcli.card.markdown import commentless
from ftcli.report.markup import visible
from ftcli.report.origin import Licence
from ftcli.report.outcomes import Figure

_LONGEST = 200
# ISO 639, as the hub wants languages.
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def front_matter(facts: Facts) -> str:
    """The YAML between two lines of dashes."""
    dumped = yaml.safe_dump(
        data(facts), sort_keys=False, allow_unicode=True, default_flow_style=False, width=1 << 20
    )
    return f"---\n{dumped}---"


def data(facts: Facts) -> dict[str, Any]:
    """The same as values; keys of which nothing is known are left out."""
    found: dict[str, Any] = {
        "language": languages(facts),
        **licence(facts),
        "library_name": _library(facts),
        "pipeline_tag": facts.pipeline,
        **_base(facts),
        "tags": _tags(facts),
        "datasets": [facts.known.data.hub] if facts.known.data.hub else [],
        "metrics": sorted({METRICS[name] for name in facts.outcomes.figures if name in METRICS}),
        "model-index": _index(facts),
    }
    return {key: plain(value) for key, value in found.items() if value}


def plain(value: Any) -> Any:
    """The same with each text on one line, and no longer than is of use."""
    if isinstance(value, str):
        return commentless(visible(" ".join(value.split())))[:_LONGEST]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def languages(facts: Facts) -> list[str]:
    """The languages of the data, or those between which the network translates; as codes."""
    keys = ("source_language", "target_language")
    given = facts.known.data.languages or [facts.run.settings.get(f"model.{key}", "") for key in keys]
    return list(dict.fromkeys(one for one in given if _LANGUAGE.fullmatch(one)))


def licences(facts: Facts) -> tuple[Licence, Licence]:
    """What the weights and the data state; weights that were made here state nothing."""
    return facts.known.weights.licence, facts.known.data.licence


def licence(facts: Facts) -> dict[str, str]:
    """That which a person has stated, or else that of weights and data where both state the same one."""
    if facts.licence:
        return facts.licence
    weights, of_data = licences(facts)
    stated = [of_data] if facts.from_nothing else [weights, of_data]
    if not all(stated) or len({(one.id, one.link) for one in stated}) > 1:
        return {"license": UNKNOWN}
    one = stated[0]
    if one.id in LICENCES:
        return {"license": one.id}
    # A name and a link have to stand beside it.
    named = {"license_name": one.id or "own", "license_link": one.link}
    return {"license": OTHER} | named if one.link else {"license": UNKNOWN}


def _library(facts: Facts) -> str:
    """What loads the folder: for a run, ftcli."""
    if facts.exported is None:
        return "ftcli"
    if facts.exported.format == "onnx":
        return "onnx"
    return "transformers" if facts.exported.by_transformers else facts.library


def _base(facts: Facts) -> dict[str, str]:
    hub = facts.known.weights.hub
    return {"base_model": hub, "base_model_relation": "finetune"} if hub else {}


def _tags(facts: Facts) -> list[str]:
    return list(dict.fromkeys(one for one in ("ftcli", facts.run.task, facts.library) if one))


def _index(facts: Facts) -> list[dict[str, Any]]:
    """The figures as the hub's model-index."""
    figures = [_figure(name, one) for name, one in facts.outcomes.figures.items()]
    if not figures:
        return []
    split = facts.outcomes.split
    name = facts.data or UNKNOWN
    known = facts.known
    args = {
        "examples": facts.examples,
        "sha256": known.receipt.data,
        "blake2b": known.digests.get(split, ""),
    }
    dataset = {
        "name": name,
        "type": facts.known.data.hub or name,
        "split": split,
        "args": {key: value for key, value in args.items() if value},
    }
    task = {"type": facts.pipeline or facts.run.task or UNKNOWN, "name": facts.run.task}
    return [
        {
            "name": facts.run.name or UNKNOWN,
            "results": [{"task": task, "dataset": dataset, "metrics": figures}],
        }
    ]


def _figure(name: str, one: Figure) -> dict[str, Any]:
    shown = {"type": METRICS.get(name, name), "value": one.value, "name": name}
    if one.low is None or one.high is None:
        return shown
    return shown | {"args": {"low": one.low, "high": one.high, "interval": one.interval}}
