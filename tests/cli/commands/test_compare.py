"""`ftcli compare`: what differs, the figures of both, and the test in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_app import imported_by
from tests.report.making import YAML, add_checkpoint, make_run, outcomes
from tests.running import Command

FIRST = [float(row % 7 != 3) for row in range(80)]
OTHER_YAML = (
    YAML.replace("epochs: 20", "epochs: 2e1").replace("lp-ft", "none").replace("output: runs/flowers\n", "")
)


@pytest.fixture
def two(workplace: Path) -> tuple[str, str]:
    """Runs `a` and `b c`: b is right on 4 examples more, and wrong on one."""
    right = list(FIRST)
    for row in (3, 10, 17, 24):
        right[row] = 1.0
    right[0] = 0.0
    better = outcomes()
    better["figures"] = better["figures"] | {"accuracy": {"value": 0.9, "low": 0.81, "high": 0.95}}
    make_run(workplace / "runs/a", right=FIRST)
    make_run(workplace / "runs/b c", right=right, outcomes=better, experiment=OTHER_YAML)
    return "runs/a", "runs/b c"


def test_what_differs_and_what_the_data_say(ftcli: Command, two: tuple[str, str]) -> None:
    settings, figures = ftcli.ok("compare", *two).split("\n\n")
    # 2e1 epochs are 20, and where the run was written says nothing.
    assert [line.split() for line in settings.splitlines()] == [
        ["setting", "A:", "a", "B:", "b", "c"],
        ["freeze.name", "lp-ft", "none"],
    ]
    lines = figures.splitlines()
    assert lines[1].split("  ")[0] == "accuracy"
    for words in ("0.8625 (0.77 to 0.921)", "0.9000 (0.81 to 0.95)", "+0.0375", "higher is better"):
        assert words in lines[1]
    assert lines[-2] == "scored on a (80 examples of test), b c (80 examples of test)"
    assert lines[-1] == (
        "b c is right on 4 examples that a gets wrong, a on 1 that b c gets wrong: p = 0.38 (McNemar, exact); the data "
        "do not say that they differ"
    )


def test_json_has_all_of_it(ftcli: Command, two: tuple[str, str]) -> None:
    found = json.loads(ftcli.ok("compare", *two, "--json"), parse_constant=pytest.fail)
    assert list(found) == ["a", "b", "settings", "figures", "paired", "not_paired"]
    assert (found["a"]["path"], found["b"]["examples"]) == ("runs/a", 80)
    assert found["settings"] == [{"key": "freeze.name", "a": "lp-ft", "b": "none"}]
    assert found["figures"][0] == {
        "figure": "accuracy",
        "a": {"value": 0.8625, "low": 0.7704, "high": 0.9213},
        "b": {"value": 0.9, "low": 0.81, "high": 0.95},
        "difference": pytest.approx(0.0375),
    }
    assert found["paired"] == {
        "examples": 80,
        "scored": [80, 80],
        "difference": pytest.approx(3 / 80),
        "p": 0.375,
        "method": "McNemar, exact",
        "a_only": 1,
        "b_only": 4,
    }


def test_a_difference_that_is_more_than_chance(ftcli: Command, two: tuple[str, str], workplace: Path) -> None:
    make_run(workplace / "runs/c", right=[1.0] * 80)
    last = ftcli.ok("compare", "runs/c", "runs/a").splitlines()[-1]
    assert "a is right on 0 examples that c gets wrong, c on 11 that a gets wrong: p = 0.00098" in last
    assert last.endswith("; the data say that c is better")


def test_scores_between_right_and_wrong_have_a_mean(ftcli: Command, workplace: Path) -> None:
    for name, scale in (("a", 0.5), ("b", 0.6)):
        make_run(workplace / name, right=[scale * (row + 1) / 80 for row in range(80)])
    last = ftcli.ok("compare", "a", "b").splitlines()[-1]
    assert (
        "b scores higher on 80, a on 0 of 80; the mean score of b is higher by 0.0506: p = 0.0001 (sign"
        in last
    )


def test_what_cannot_be_tested_is_said(ftcli: Command, two: tuple[str, str], workplace: Path) -> None:
    (workplace / "runs/a/predictions.csv").unlink()
    assert ftcli.ok("compare", *two).splitlines()[-1] == "no paired test: predictions.csv of a is missing"
    found: dict[str, Any] = json.loads(ftcli.ok("compare", *two, "--json"))
    assert (found["paired"], found["not_paired"]) == (None, "predictions.csv of a is missing")


def test_figures_of_other_data_are_not_compared_without_a_word(
    ftcli: Command, two: tuple[str, str], workplace: Path
) -> None:
    make_run(workplace / "runs/d", experiment=YAML.replace("photos", "others"))
    note = "note: these are different data, so that the figures cannot be compared"
    assert note in ftcli.ok("compare", "runs/a", "runs/d")
    assert note not in ftcli.ok("compare", *two)


def test_two_runs_are_compared(ftcli: Command, two: tuple[str, str]) -> None:
    answer = ftcli.refused("compare", *two, "runs/c")
    assert "compare takes two runs. For more: ftcli report runs/a 'runs/b c' runs/c" in answer
    assert "1 run given; compare takes two runs" in ftcli.refused("compare", two[0])
    assert "runs/b c/../a is given twice" in ftcli.refused("compare", "runs/b c/../a", two[0])
    assert "nothing does not exist" in ftcli.refused("compare", two[0], "nothing")


def test_runs_of_the_same_name_are_told_apart(ftcli: Command, two: tuple[str, str], workplace: Path) -> None:
    make_run(workplace / "other/a", right=FIRST)
    lines = ftcli.ok("compare", "runs/a", "other/a").splitlines()
    assert lines[0] == "no setting differs"
    assert "other/a is right on 0 examples that runs/a gets wrong" in lines[-1]


def test_it_does_not_import_torch(two: tuple[str, str], workplace: Path) -> None:
    modules, _ = imported_by(["compare", *two], workplace)
    assert not modules & {"torch", "transformers", "torchvision", "PIL"}


def test_a_checkpoint_names_its_run(ftcli: Command, two: tuple[str, str], workplace: Path) -> None:
    checkpoint = add_checkpoint(workplace / "runs/a")
    assert ftcli.ok("compare", checkpoint, two[1]) == ftcli.ok("compare", *two)
