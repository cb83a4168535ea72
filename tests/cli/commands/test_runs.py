"""`ftcli runs`: the table and the JSON of runs, whole or not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_app import imported_by
from tests.report.making import YAML, add_checkpoint, make_run, metric_lines, summary
from tests.running import Command


def found(ftcli: Command, *arguments: object) -> list[dict[str, Any]]:
    runs = json.loads(ftcli.ok("runs", *arguments, "--json"), parse_constant=pytest.fail)["runs"]
    assert isinstance(runs, list)
    return runs


def test_a_row_for_each_run(ftcli: Command, workplace: Path) -> None:
    add_checkpoint(make_run(workplace / "runs/flowers"))
    add_checkpoint(
        make_run(workplace / "runs/group/later", summary=None, outcomes=None, metrics=metric_lines(5))
    )
    first, second = sorted(found(ftcli), key=lambda run: run["name"])
    assert first | {"bytes": 0, "written": ""} == {
        "name": "flowers",
        "path": "runs/flowers",
        "task": "image-classification",
        "model": "torchvision/mobilenet_v2",
        "data": "photos",
        "metric": "accuracy",
        "lower_is_better": False,
        "value": 0.8625,
        "low": 0.7704,
        "high": 0.9213,
        "best_epoch": 17,
        "epochs": 20,
        "seconds": 262.4,
        "bytes": 0,
        "state": "finished",
        "detail": "",
        "ftcli": "0.1.0",
        "written": "",
    }
    assert first["bytes"] > 1000
    assert (second["name"], second["state"], second["detail"]) == (
        "group/later",
        "interrupted",
        "5 of 20 epochs",
    )
    head, *rows = ftcli.ok("runs").splitlines()
    assert head.split() == ["run", "task", "model", "data", "figure", "epoch", "minutes", "MB", "state"]
    row = next(row for row in rows if row.startswith("flowers"))
    assert (
        "image-classification  torchvision/mobilenet_v2  photos  accuracy 0.8625 (0.77 to 0.921)  17" in row
    )
    assert row.split()[-3:] == ["4.4", "0.0", "finished"]


def test_no_broken_run_stops_the_table(ftcli: Command, workplace: Path) -> None:
    for name, spoilt in (
        ("a", "experiment.yaml"),
        ("b", "summary.json"),
        ("c", "outcomes.json"),
        ("d", "metrics.jsonl"),
    ):
        add_checkpoint(make_run(workplace / "runs" / name))
        (workplace / "runs" / name / spoilt).write_bytes(b"\xff{[\x00" * 50)
    (workplace / "runs/e").mkdir()
    (workplace / "runs/e/experiment.yaml").mkdir()
    add_checkpoint(workplace / "runs/e")
    states = {run["name"]: run["state"] for run in found(ftcli)}
    assert states == {"a": "damaged", "b": "damaged", "c": "finished", "d": "finished", "e": "damaged"}


def test_names_cannot_steer_the_terminal(ftcli: Command, workplace: Path) -> None:
    hostile = YAML.replace("source: photos", 'source: "\\e[31m=1+1"')
    add_checkpoint(make_run(workplace / "runs/x\x1b[31m", experiment=hostile))
    for shown in (ftcli.ok("runs"), ftcli.ok("runs", "--json")):
        assert "\x1b" not in shown
    assert "x\\x1b[31m" in ftcli.ok("runs")
    assert found(ftcli)[0]["name"] == "x\x1b[31m"


def test_what_comes_first_may_be_chosen(ftcli: Command, workplace: Path) -> None:
    for name, epochs, loss in (("a", 1, 0.5), ("b", 30, 0.3), ("c", 2, 0.4)):
        ended = summary() | {"metric": "loss", "lower_is_better": True, "test": {"loss": loss}}
        add_checkpoint(
            make_run(workplace / "runs" / name, summary=ended, outcomes=None, metrics=metric_lines(epochs))
        )
    newest = make_run(workplace / "runs/d", summary=None, outcomes=None, metrics=[])
    os.utime(newest / "metrics.jsonl", (2**32, 2**32))
    names = {
        sort: [run["name"] for run in found(ftcli, "--sort", sort)] for sort in ("figure", "size", "name")
    }
    assert names["figure"] == ["b", "c", "a", "d"]
    assert names["size"][0] == "b"
    assert names["name"] == ["a", "b", "c", "d"]
    assert found(ftcli)[0]["name"] == "d"


def test_one_run_may_be_named(ftcli: Command, workplace: Path) -> None:
    add_checkpoint(make_run(workplace / "runs/a"))
    assert [run["name"] for run in found(ftcli, "runs/a")] == ["a"]


def test_without_runs_there_is_a_sentence_and_a_mistyped_folder_is_a_mistake(
    ftcli: Command, workplace: Path
) -> None:
    assert ftcli.ok("runs") == "no runs in runs; ftcli train writes them into runs\n"
    assert found(ftcli) == []
    (workplace / "runs").mkdir()
    assert found(ftcli) == []
    assert "no such file or folder" in ftcli.refused("runs", "rums")
    (workplace / "file").touch()
    assert "file: cannot be read: Not a directory" in ftcli.refused("runs", "file")


def test_it_does_not_import_torch(workplace: Path) -> None:
    add_checkpoint(make_run(workplace / "runs/a"))
    modules, _ = imported_by(["runs"], workplace)
    assert not modules & {"torch", "transformers", "torchvision", "numpy", "PIL"}
