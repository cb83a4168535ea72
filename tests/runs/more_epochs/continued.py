"""Two runs, of which one went on after it was finished, against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.resuming import files

TIMES = ("seconds", "seconds_to_first_step", "ended")


def result(run: str) -> dict[str, Any]:
    """All that a run has come to: its files, and its summary but for the times."""
    others = ("experiment.yaml", "environment.json", "log.txt", "summary.json", ".ftcli-lock")
    found: dict[str, Any] = {name: value for name, value in files(Path(run)).items() if name not in others}
    return found | {key: value for key, value in timeless(summary(run)).items() if key not in TIMES}


def timeless(document: dict[str, Any]) -> dict[str, Any]:
    """A summary without the seconds of its probe, and without what the training cost."""
    probe = {key: value for key, value in document.get("probe", {}).items() if key != "seconds"}
    return {key: value for key, value in document.items() if key != "cost"} | {"probe": probe}


def summary(run: str) -> dict[str, Any]:
    return dict(json.loads(Path(run, "summary.json").read_text()))


def experiment(run: str) -> dict[str, Any]:
    return dict(yaml.safe_load(Path(run, "experiment.yaml").read_text()), output=None)


def differing(one: str, other: str) -> set[str]:
    first, second = result(one), result(other)
    return {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}


def check_continued(long: str, short: str, epochs: int) -> None:
    """The run that ended after so many epochs, and went on, is the longer one; but the checkpoints of its first part
    know of no more epochs, or that it was over.
    """
    names = {str(one) for one in Path(long).rglob("epoch-*/*.json") if int(one.parent.name[6:10]) <= epochs}
    written = {str(Path(name).relative_to(long)) for name in names}
    assert differing(long, short) <= written
    for name in (one for one in written if one.endswith("state.json")):
        documents = [json.loads(files(Path(run))[name]) for run in (long, short)]
        for document in documents:
            document["progress"] |= {"planned": 0, "stopped": None}
        assert documents[0] == documents[1]
