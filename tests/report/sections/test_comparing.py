"""Runs on the same examples."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.stats import binomtest

from ftcli.report.run import read_run
from ftcli.report.sections.comparing import section
from tests.report.making import CLASSES, make_run, outcomes, predictions
from tests.report.reading import parsed, text_of

FIRST = [float(row % 7 != 3) for row in range(80)]


@pytest.mark.parametrize(
    ("every", "verdict"), [(6, "which chance alone could explain"), (2, "more than chance would explain")]
)
def test_the_paired_test_in_words(every: int, verdict: str, tmp_path: Path) -> None:
    second = [float(row % every != 1) for row in range(80)]
    runs = [make_run(tmp_path / "a", right=FIRST), make_run(tmp_path / "b", right=second)]
    found = section([read_run(run) for run in runs])
    assert found is not None
    better = sum(y > x for x, y in zip(FIRST, second, strict=True))
    worse = sum(y < x for x, y in zip(FIRST, second, strict=True))
    p = binomtest(better, better + worse).pvalue
    shown = text_of(found)
    assert f"Of 80 examples, b is better on {better}, a on {worse}." in shown
    assert f", {verdict}: p = " in shown
    values = [float(one.attributes["value"] or "") for one in parsed(found).all("data")]
    assert values[-1] == pytest.approx(p)
    assert "lower by" in shown
    assert found.count("<tr>") == 13


def test_why_there_is_no_test(tmp_path: Path) -> None:
    first = make_run(tmp_path / "a", right=FIRST)
    other = make_run(tmp_path / "b", outcomes=outcomes() | {"score": "F1 of the set"})
    (make_run(tmp_path / "c") / "predictions.csv").unlink()
    found = section([read_run(run) for run in (first, other, tmp_path / "c")])
    assert found is not None
    reasons = [one.text for one in parsed(found).all("p")]
    assert reasons == [
        "No paired test: a score is 'right or wrong' in one and 'F1 of the set' in the other.",
        "No paired test: predictions.csv of c is missing.",
    ]


def test_runs_that_score_the_same_have_no_table(tmp_path: Path) -> None:
    found = section([read_run(make_run(tmp_path / name, right=FIRST)) for name in "ab"])
    assert found is not None
    assert "<table" not in found
    assert section([read_run(tmp_path / "a")]) is None


def test_of_runs_on_other_examples_those_of_both_are_tested(tmp_path: Path) -> None:
    """As `ftcli compare`: an example is known by its content."""
    each = {f"{CLASSES[row % 5]}/{row}.jpg": f"{row}" for row in range(80)}
    first = make_run(tmp_path / "a", right=FIRST, data={"test": {"each": each}})
    other = make_run(tmp_path / "b", data={"test": {"each": each}})
    (other / "predictions.csv").write_text(predictions([1.0] * 60))
    found = section([read_run(run) for run in (first, other)])
    assert found is not None
    assert "Of 60 examples that both have scored, b is better on 9, a on 0." in text_of(found)
