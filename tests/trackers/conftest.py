"""Runs for trackers, and a database of MLflow, which takes seconds to make."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.trackers import growing


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that has begun, on a machine without settings for trackers."""
    names = (
        "MLFLOW_TRACKING_URI",
        "MLFLOW_EXPERIMENT_NAME",
        "WANDB_MODE",
        "TRACKIO_DIR",
        "WANDB_PROJECT",
        "TRACKIO_PROJECT",
    )
    for name in names:
        monkeypatch.delenv(name, raising=False)
    return growing.begin(tmp_path / "runs" / "flowers")


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without runs."""
    pytest.importorskip("mlflow")
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def mlflow(empty_mlflow: Path, run: Path) -> None:
    """That database beside the run."""
    shutil.copy(empty_mlflow, run.parent / "mlflow.db")
