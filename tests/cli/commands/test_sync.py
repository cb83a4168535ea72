"""`ftcli sync`: what it prints, and what it refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.test_app import imported_by
from tests.report.making import make_run
from tests.running import Command

pytest.importorskip("tensorboard")


def test_a_run_is_sent_and_it_says_how_to_look(ftcli: Command, workplace: Path) -> None:
    run = make_run(workplace / "runs/my flowers")
    said = ftcli.ok("sync", run, "tensorboard", "tensorboard")
    assert said == (
        f"tensorboard: 560 points of a finished run. Look: tensorboard --logdir '{run}/tensorboard'\n"
    )
    found = json.loads(ftcli.ok("sync", run / "checkpoints/epoch-0001", "tensorboard", "--json"))
    assert found["run"] == str(run)
    (one,) = found["trackers"]
    assert (one["tracker"], one["status"], one["points"], one["left_out"]) == (
        "tensorboard",
        "finished",
        560,
        [],
    )


def test_mistakes(ftcli: Command, workplace: Path) -> None:
    run = make_run(workplace / "runs/flowers")
    assert "no tracker is called 'mlfow'. Did you mean 'mlflow'?" in ftcli.refused("sync", run, "mlfow")
    assert "does not exist" in ftcli.refused("sync", "runs/flower", "tensorboard")
    assert "TRACKER" in ftcli.refused("sync", run)


def test_one_that_fails_does_not_keep_the_others(
    ftcli: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(workplace / "runs/flowers")

    def fail(*_: object, **__: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("ftcli.trackers.mlflow.MLflow.begin", fail)
    ended = ftcli("sync", run, "mlflow", "tensorboard")
    assert (ended.status, ended.err) == (2, "mlflow: OSError: no room\n")
    assert ended.out.startswith("tensorboard: 560 points")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    (run / "metrics.jsonl").write_text("no json\n")
    ended = ftcli("sync", run, "tensorboard", "--json")
    assert ended.err == "note: tensorboard: lines that cannot be read were left out: 1\n"


def test_no_torch_is_imported(workplace: Path) -> None:
    make_run(workplace / "runs/flowers")
    modules, _ = imported_by(["sync", "runs/flowers", "tensorboard"], workplace)
    assert not modules & {"torch", "transformers", "mlflow", "wandb", "tensorflow"}
