"""A run read from its files, of which any may be missing, damaged or another's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.errors import RunError
from ftcli.report.page import page
from ftcli.report.run import Run, read_run
from tests.report.making import YAML, make_run, metric_lines, outcomes, summary, write_json

FILES = (
    "environment.json", "summary.json", "outcomes.json", "findings.json", "data.json", "metrics.jsonl",
    "predictions.csv",
)  # fmt: skip


def test_all_files_are_read(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "flowers", pictures=2))
    assert (run.name, run.task, run.backbone) == (
        "flowers",
        "image-classification",
        "torchvision/mobilenet_v2",
    )
    assert run.settings["freeze.name"] == "lp-ft"
    assert run.settings["training.epochs"] == "20"
    assert run.environment["packages.torch"] == "2.14.1"
    assert not [key for key in run.environment if key.startswith("experiment")]
    assert (run.ended, run.epochs, run.planned, run.best_epoch, run.seconds) == (True, 20, 20, 17, 262.4)
    assert (run.metric, run.lower_is_better) == ("accuracy", False)
    assert run.headline is not None
    assert run.headline.low == 0.7704
    assert run.parameters == {"total": 2230277, "trained": 2230277}
    assert run.findings is not None
    assert run.problems == ()


@pytest.mark.parametrize("name", FILES)
def test_a_file_may_be_missing(name: str, tmp_path: Path) -> None:
    path = make_run(tmp_path / "run")
    (path / name).unlink()
    run = read_run(path)
    assert page([run])
    needed = name in ("environment.json", "outcomes.json", "metrics.jsonl")
    assert len(run.problems) == needed
    assert all(problem.startswith(f"{name} is missing: ") for problem in run.problems)


@pytest.mark.parametrize("name", [*FILES, "experiment.yaml"])
@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\x1b[31m", b"[1, 2]", b'{"version": 99}', b"{" * 9999, b"- [x, y]\n: :"]
)
def test_a_file_may_be_damaged(name: str, content: bytes, tmp_path: Path) -> None:
    path = make_run(tmp_path / "run")
    (path / name).write_bytes(content)
    run = read_run(path)
    assert page([run])
    if name in ("outcomes.json", "findings.json"):
        assert run.problems
        assert all(problem.startswith(name) for problem in run.problems)


def test_a_run_that_trains_is_shown_as_it_is(tmp_path: Path) -> None:
    lines = metric_lines(8)
    run = read_run(make_run(tmp_path / "run", summary=None, outcomes=None, metrics=lines))
    assert (run.ended, run.history.done, run.history.best, run.planned) == (False, 8, 8, 20)
    assert (run.metric, run.outcomes, run.problems) == ("accuracy", None, ())
    assert run.examples == {"train": 240, "val": 80}


def test_an_older_run_shows_its_summary_and_says_what_adds_the_rest(tmp_path: Path) -> None:
    older = {key: value for key, value in summary().items() if key not in ("metric", "lower_is_better")}
    run = read_run(make_run(tmp_path / "run", outcomes=None, summary=older, findings=None))
    assert run.outcomes is not None
    assert run.outcomes.split == "test"
    assert run.headline is not None
    assert (run.metric, run.headline.value, run.headline.low) == ("accuracy", 0.8625, None)
    assert len(run.outcomes.per_class) == 5
    assert len(run.problems) == 1
    assert "outcomes.json is missing" in run.problems[0]


@pytest.mark.parametrize(
    ("metric", "lower"), [("loss", True), ("wer", True), ("accuracy", False), ("mine", False)]
)
def test_without_a_word_the_name_of_the_figure_says_which_is_better(
    metric: str, lower: bool, tmp_path: Path
) -> None:
    yaml = YAML.replace("accuracy", metric)
    run = read_run(make_run(tmp_path / "run", summary=None, outcomes=None, experiment=yaml))
    assert (run.metric, run.lower_is_better) == (metric, lower)


def test_what_the_files_say_comes_before_the_name(tmp_path: Path) -> None:
    changed = {"metric": "accuracy", "lower_is_better": True}
    assert read_run(make_run(tmp_path / "a", summary=summary() | changed)).lower_is_better
    assert read_run(make_run(tmp_path / "b", summary=None, outcomes=outcomes() | changed)).lower_is_better


def test_a_yaml_that_grows_is_not_followed(tmp_path: Path) -> None:
    """Each line doubles the one before: written out it would have 2**40 entries."""
    doubling = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    nested = "".join(f"b{n}: &b{n} {{x: *b{n - 1}, y: *b{n - 1}}}\n" for n in range(1, 40))
    yaml = f"task: x\na0: &a0 [1, 2]\n{doubling}b0: &b0 {{x: 1}}\n{nested}me: &me [*me]\n"
    run = read_run(make_run(tmp_path / "run", experiment=yaml))
    assert run.task == "x"
    assert len(run.settings) <= 1_000
    assert max(map(len, run.settings.values())) < 3_000


def test_what_is_not_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is not a run directory: it has no experiment\.yaml"):
        read_run(tmp_path)
    with pytest.raises(RunError, match="does not exist"):
        read_run(tmp_path / "none")


def test_links_to_files_elsewhere_are_not_shown(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run")
    write_json(tmp_path / "secret.json", {"password": "x3"})
    (path / "environment.json").unlink()
    (path / "environment.json").symlink_to(tmp_path / "secret.json")
    run = read_run(path)
    assert run.environment == {}
    assert run.problems == ("environment.json: is a link, which is not followed",)
    assert "x3" not in page([run])


def test_a_run_of_nothing_is_a_page(tmp_path: Path) -> None:
    (tmp_path / "experiment.yaml").write_text("")
    run = read_run(tmp_path)
    assert isinstance(run, Run)
    assert json.dumps(run.problems)
    assert "No figure is known yet" in page([run])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a: !!int ''", "string index out of range"),
        ("a: !!bool x", "'x'"),
        ("a: !!timestamp x", "'NoneType' object has no attribute 'groupdict'"),
        ("[" * 100_000, "nested deeper than 60 levels"),
    ],
)
def test_any_yaml_is_answered(content: str, problem: str, tmp_path: Path) -> None:
    path = make_run(tmp_path / "run", experiment=content)
    assert read_run(path).problems == (f"experiment.yaml: damaged, not YAML ({problem})",)
