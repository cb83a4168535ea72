"""A run in MLflow, read back by its client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.trackers import mlflow as ours
from ftcli.trackers.replaying import Replaying, sync
from tests.trackers import growing

pytest.importorskip("mlflow")
pytestmark = [pytest.mark.usefixtures("mlflow"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.mark.parametrize("same", [True, False])
def test_after_a_kill_and_two_syncs_each_point_is_there_once(run: Path, same: bool) -> None:
    growing.killed_and_retrained(run, "mlflow", same=same)
    (before,) = growing.runs_in_mlflow(run)
    assert before.info.status == "RUNNING"
    for _ in range(2):
        sync(run, "mlflow")
        assert growing.in_mlflow(run) == growing.with_best(run)
    (after,) = growing.runs_in_mlflow(run)
    assert after.info.status == "FINISHED"
    assert (after.info.run_id == before.info.run_id) == same
    assert (after.info.run_name, after.data.tags["ftcli.path"]) == ("flowers", str(run))
    assert after.data.params["data.batch_size"] == "32"


def test_points_beyond_the_end_of_the_log_go(run: Path) -> None:
    growing.grow(run, growing.lines())
    sending = Replaying(run, "mlflow")
    sending.begin()
    sending.more()
    (run / "metrics.jsonl").unlink()
    growing.grow(run, growing.lines(epochs=1))
    sync(run, "mlflow")
    assert growing.in_mlflow(run) == growing.logged(run)


def test_another_experiment_of_a_resumed_run_is_seen(run: Path) -> None:
    growing.grow(run, growing.lines())
    sync(run, "mlflow")
    text = (run / "experiment.yaml").read_text()
    (run / "experiment.yaml").write_text(text.replace("epochs: 20", "epochs: 40"))
    sync(run, "mlflow")
    (found,) = growing.runs_in_mlflow(run)
    assert (found.data.params["training.epochs"], found.info.status) == ("40", "FAILED")


def test_all_is_beside_the_run_and_no_run_for_ftcli(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ftcli.report.folders import run_folders

    monkeypatch.chdir(run.parent.parent)
    growing.grow(run, growing.lines())
    growing.finish(run)
    sync(run, "mlflow")
    kept = {path.name for path in (run.parent / ours.ARTEFACTS).rglob("*") if path.is_file()}
    assert kept == {"report.html", "experiment.yaml"}
    assert list(run_folders(run.parent)) == [run]
    assert {path.name for path in run.parent.parent.iterdir()} == {"runs"}


def test_what_mlflow_takes_at_most(run: Path) -> None:
    many = "".join(f"  option_{number}: {number}\n" for number in range(250))
    long = f"task: {'y' * 1999}\nloss:\n  name: focal\n  'a@b//../c ü': 1\n{many}"
    (run / "experiment.yaml").write_text(long, encoding="utf-8")
    steps = ({"step": step, "epoch": 1, "loss": 1 / step, "lr": 0.1} for step in range(1, 1201))
    growing.grow(run, [*steps, {"step": 1200, "epoch": 1, "train_loss": 1.0, "val_mAP@50": 0.5}])
    sync(run, "mlflow")
    (found,) = growing.runs_in_mlflow(run)
    assert len(found.data.params) == 253
    assert found.data.params["loss.a_b/_/c _"] == "1"
    assert found.data.metrics["val/mAP_50"] == 0.5
    assert len(growing.in_mlflow(run)["train/loss"]) == 1200
    assert dict(ours._parameters({"x": "y" * 7000}))["x"] == "y" * 5997 + "..."


def test_a_server_that_the_user_names_is_not_asked_offline(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(Exception, match="--offline"):
        sync(run, "mlflow")


def test_no_telemetry_is_sent(run: Path) -> None:
    growing.grow(run, growing.lines())
    sync(run, "mlflow")
    assert _telemetry_is_off()


def _telemetry_is_off() -> Any:
    from mlflow.environment_variables import MLFLOW_DISABLE_TELEMETRY

    return MLFLOW_DISABLE_TELEMETRY.get()
