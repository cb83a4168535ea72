"""The files of a study that are damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.config.schema import Data, Experiment
from ftcli.errors import RunError
from ftcli.studies.tuning.facts import Facts
from ftcli.studies.tuning.study import Study

FACTS = {
    "name": "x", "space": [], "start": {}, "metric": "accuracy", "steps": 9, "validated": 4, "seed": 0,
    "policy": "none", "search": [],
}  # fmt: skip


def write(folder: Path, **changes: object) -> None:
    (folder / "study.json").write_text(json.dumps(FACTS | changes))


def test_damaged_results_are_as_good_as_none(tmp_path: Path) -> None:
    write(tmp_path)
    for text in ("{", "[]", '{"finished": true}'):
        (tmp_path / "tune.json").write_text(text)
        assert Study.existing(tmp_path).result() is None
    for text in ("{", "[]", '{"tried": [{}]}', '{"tried": 3}'):
        (tmp_path / "heads.json").write_text(text)
        assert Study.existing(tmp_path).heads() == {}


def test_a_start_that_is_gone_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    study = Study.existing(tmp_path)
    assert isinstance(study.facts, Facts)
    with pytest.raises(RunError, match=r"start\.yaml: cannot be read"):
        study.check(Experiment("image-classification", Data("a")), [])
