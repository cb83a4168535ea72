"""The first thing one sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftcli.report.run import read_run
from ftcli.report.sections.headline import section
from tests.report.making import make_run, metric_lines, outcomes, summary
from tests.report.reading import parsed, text_of


def test_the_interval_is_drawn_between_0_and_1_only(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "a"))
    assert "--low:0.7704;--high:0.9213;--at:0.8625" in section([run])
    figures = {"perplexity": {"value": 8.5, "low": 7.25, "high": 9.0, "interval": "bootstrap"}}
    changed: dict[str, Any] = {
        "outcomes": outcomes() | {"figures": figures, "metric": "perplexity"},
        "summary": None,
    }
    other = section([read_run(make_run(tmp_path / "b", **changed))])
    assert "--low" not in other
    assert "7.2500 to 9.0000" in text_of(other)


def test_a_run_that_trains_shows_its_best_epoch_so_far(tmp_path: Path) -> None:
    lines = metric_lines(8)
    shown = text_of(section([read_run(make_run(tmp_path / "a", summary=None, outcomes=None, metrics=lines))]))
    assert "This run has not ended: 8 of 20 epochs are done." in shown
    assert "accuracy on val, best epoch so far" in shown
    assert f"{lines[-1]['val_accuracy']:.4f}" in shown


def test_before_the_first_epoch_there_is_no_figure(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "a", summary=None, outcomes=None, metrics=[]))
    assert "0 of 20 epochs are done" in text_of(section([run])).replace(
        "no epoch is done", "0 of 20 epochs are done"
    )
    assert "No figure is known yet." in text_of(section([run]))


def test_the_best_of_each_figure_stands_out(tmp_path: Path) -> None:
    better = outcomes()
    better["figures"] = {"accuracy": {"value": 0.9}, "loss": {"value": 0.5}}
    runs = [read_run(make_run(tmp_path / "a")), read_run(make_run(tmp_path / "b", outcomes=better))]
    strong = [one.text for one in parsed(section(runs)).all("strong")]
    assert strong == ["0.9000", "0.4100"]
    assert "0.7704 to 0.9213" in text_of(section(runs))


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    older = {key: value for key, value in summary().items() if key != "parameters"}
    shown = text_of(section([read_run(make_run(tmp_path / "a", outcomes=None, summary=older))]))
    assert "What is missing outcomes.json is missing" in shown.replace("missingoutcomes", "missing outcomes")
    assert "trained parameters" not in shown
