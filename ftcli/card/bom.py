"""The bill of materials of a run, in the JSON format of CycloneDX 1.7: https://cyclonedx.org/docs/1.7/json/

A hash is given as that of a component only where it is one; any other says in its name what it is of. Nothing depends
on when or where the bill is made but what it says of packages that the run did not note.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ftcli import __version__
from ftcli.card.facts import Facts, read_facts
from ftcli.card.model_card import model_card
from ftcli.card.packages import OURS, Package, packages
from ftcli.report.checked import Number
from ftcli.report.markup import visible
from ftcli.report.origin import Licence
from ftcli.report.receipt import File

NAME = "bom.json"
_SCHEMA = "http://cyclonedx.org/schema/bom-1.7.schema.json"
_MODEL, _WEIGHTS, _DATA = "model", "weights", "data"
_PACKAGES = "packages."
# Of a version, which is the shortest.
_LONGEST = 1_000
Document = dict[str, Any]


def bom(path: Path) -> str:
    """The bill of the run at `path` as JSON, the same for the same run. Raises `RunError` where there is no run."""
    return json.dumps(document(read_facts(path)), indent=2, ensure_ascii=False) + "\n"


def document(facts: Facts) -> Document:
    """The same as values."""
    parts = [*_weights(facts), *_data(facts), *(_package(one) for one in _packages(facts))]
    refs = [one["bom-ref"] for one in parts]
    metadata = {
        "timestamp": facts.run.ended_at,
        "tools": {"components": [{"type": "application", "name": OURS, "version": __version__}]},
        "component": _model(facts, [ref for ref in refs if ref.startswith(_DATA)]),
    }
    bill = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": "",
        "version": 1,
        "metadata": _known(metadata),
        "components": parts,
        "dependencies": [{"ref": _MODEL, "dependsOn": refs}],
        # Which of them need which others is not said.
        "compositions": [{"aggregate": "incomplete", "dependencies": [_MODEL]}],
    }
    bill = {key: _clean(value) for key, value in bill.items()}
    content = json.dumps(bill, sort_keys=True, ensure_ascii=True)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(content.encode()).hexdigest())
    return bill | {"serialNumber": f"urn:uuid:{serial}"}


def _clean(value: Any) -> Any:
    """The same with each text on one line, without what steers a terminal, and no longer than is of use."""
    if isinstance(value, str):
        return visible(" ".join(value.split()))[:_LONGEST]
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def _known(fields: Mapping[str, Any]) -> Document:
    """The fields that say something."""
    return {key: value for key, value in fields.items() if value not in ("", None, [], {})}


def _properties(**values: str | Number | None) -> list[Document]:
    """Properties of ours; one that is not known is left out."""
    return [
        {"name": f"ftcli:{name.replace('_', '-')}", "value": str(value)}
        for name, value in values.items()
        if value not in ("", None)
    ]


def _model(facts: Facts, data: Sequence[str]) -> Document:
    """The network that was trained, with the files of its best checkpoint."""
    run, known = facts.run, facts.known
    files = [_file(one, f"{_MODEL}/{known.checkpoint}") for one in known.files]
    made = _properties(checkpoint=known.checkpoint, best_epoch=run.best_epoch, seconds=run.seconds)
    return _known(
        {
            "type": "machine-learning-model",
            "bom-ref": _MODEL,
            "name": run.name,
            "description": run.task,
            "components": files,
            "modelCard": model_card(facts, data),
            "properties": made,
        }
    )


def _file(one: File, within: str) -> Document:
    return {
        "type": "file",
        "bom-ref": f"{within}/{one.name}",
        "name": one.name,
        "hashes": _sha256(one.sha256),
        "properties": _properties(bytes=one.bytes),
    }


def _sha256(content: str) -> list[Document]:
    return [{"alg": "SHA-256", "content": content}] if content else []


def _licences(one: Licence) -> list[Document]:
    if not one:
        return []
    # A name that SPDX knows would be an id, but is not looked up.
    named = {"name": one.id or "see the link", "url": one.link}
    return [{"license": _known(named)}]


def _weights(facts: Facts) -> list[Document]:
    """The weights that training began with; none where they were random."""
    if facts.from_nothing or not facts.backbone:
        return []
    origin, receipt = facts.known.weights, facts.known.receipt
    version = origin.revision or facts.weights
    at = f"@{origin.revision}" if origin.revision else ""
    where = [{"type": "distribution", "url": f"https://huggingface.co/{origin.hub}"}] if origin.hub else []
    of = _known(
        {
            "type": "machine-learning-model",
            "bom-ref": _WEIGHTS,
            "name": facts.backbone,
            "version": version,
            "licenses": _licences(origin.licence),
            "purl": f"pkg:huggingface/{origin.hub}{at}" if origin.hub else "",
            "externalReferences": where,
            "components": [_file(one, _WEIGHTS) for one in receipt.files],
            "properties": _properties(library=facts.library, sha256_of_the_list_of_files=receipt.weights),
        }
    )
    return [of]


def _data(facts: Facts) -> list[Document]:
    """A component for each split."""
    known, counts = facts.known, facts.run.examples
    splits = dict.fromkeys(
        [*known.digests, *(one for one, count in counts.items() if count and one != "skipped")]
    )
    found = []
    for split in splits:
        of = _properties(
            examples=counts.get(split), blake2b_128_of_names_labels_and_sizes=known.digests.get(split)
        )
        every = _properties(sha256_of_the_list_of_files=known.receipt.data)
        found.append(
            _known(
                {
                    "type": "data",
                    "bom-ref": f"{_DATA}/{split}",
                    "name": f"{facts.data or 'data'} ({split})",
                    "licenses": _licences(known.data.licence),
                    "data": [{"type": "dataset", "name": split}],
                    "properties": [*of, *every],
                }
            )
        )
    return found


def _packages(facts: Facts) -> list[Package]:
    environment = facts.run.environment
    noted = {
        key.removeprefix(_PACKAGES): value for key, value in environment.items() if key.startswith(_PACKAGES)
    }
    return packages(noted | ({OURS: environment[OURS]} if OURS in environment else {}))


def _package(one: Package) -> Document:
    licences: list[Document] = []
    if one.expression:
        licences = [{"expression": one.expression}]
    elif one.licence:
        licences = [{"license": {"name": one.licence}}]
    when = "when it was trained" if one.trained else "where this bill was made"
    return _known(
        {
            "type": "library",
            "bom-ref": one.purl,
            "name": one.name,
            "version": one.version,
            "hashes": _sha256(one.archive),
            "licenses": licences,
            "purl": one.purl,
            "properties": _properties(version_noted=when, sha256_of_its_RECORD=one.record),
        }
    )
