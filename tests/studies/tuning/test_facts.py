"""What study.json holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.errors import RunError
from ftcli.studies.tuning.facts import Facts
from ftcli.studies.tuning.space import Choices, Dimension, Range
from ftcli.studies.tuning.study import Study
from tests.studies.tuning.test_reading import write


@pytest.mark.parametrize(
    "changes", [{"steps": "many"}, {"metric": 3}, {"space": [1]}, {"more": 1}, {"search": 1}]
)
def test_what_no_study_has_written_is_one_answer(tmp_path: Path, changes: dict[str, object]) -> None:
    write(tmp_path, **changes)
    with pytest.raises(RunError, match=r"study\.json: cannot be read"):
        Study.existing(tmp_path)


def test_it_reads_what_it_writes(tmp_path: Path) -> None:
    space = (
        Dimension("optimizer.lr", Range(0.1, 10.0, log=True), relative=True),
        Dimension("freeze", Choices(("a", "b"))),
    )
    facts = Facts("x", space, {"freeze": "a"}, "accuracy", 9, 4, 0, "a", ("freeze=[a, b]",))
    facts.write(tmp_path / "study.json")
    assert Facts.read(tmp_path / "study.json") == facts
