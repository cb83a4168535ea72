"""The sentences about what to look at first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftcli.report.run import read_run
from ftcli.report.sections.first_look import first_look
from tests.report.making import make_run, outcomes, summary
from tests.report.reading import text_of


def looked(path: Path, **changed: Any) -> str:
    found = first_look(read_run(make_run(path, **changed)))
    return "" if found is None else text_of(found)


def test_the_weakest_class_the_confusion_the_doubt_and_the_data(tmp_path: Path) -> None:
    shown = looked(tmp_path / "a")
    assert "The weakest class is roses: precision 0.8667, recall 0.8125, f1 0.8387, support 16." in shown
    assert "The most frequent confusion: roses was taken for tulips 3 times." in shown
    assert "labels that may be wrong, where the model is sure: first daisy/1031_n.jpg." in shown
    assert "Data: 3 images of val are also in train" in shown
    assert "12 examples" not in shown  # of a finding that is only a note
    assert "longer training" not in shown


def test_where_there_is_nothing_there_is_no_list(tmp_path: Path) -> None:
    nothing = outcomes() | {"per_class": [], "confused": [], "errors": [], "confusion": None}
    assert looked(tmp_path / "a", outcomes=nothing, findings=None) == ""


def test_the_best_epoch_is_the_last(tmp_path: Path) -> None:
    assert "The best epoch is the last: longer training may still help." in looked(
        tmp_path / "a", summary=summary() | {"best_epoch": 20}
    )
