"""A table, a network and an experiment, and runs of it that many tests begin with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import ftcli as package
from ftcli.runs.checkpoints import retention
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

TEXTS = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 16}
model: bert
freeze: none
optimizer: {lr: 1e-3}
schedule: constant
training:
  {epochs: 2, early_stop: none, device: cpu, precision: fp32, log_every: 1, save_steps: 2, keep_state: true}
"""
RUNS = {
    "once": ("training.epochs=1",),
    "twice": (),
    "stateless": ("training.keep_state=false",),
}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of it. Its runs are those of `RUNS`, each in a folder of its own, as `run`."""
    folder = tmp_path_factory.mktemp("texts")
    tiny_data.table(folder / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(folder / "bert")
    (folder / "texts.yaml").write_text(TEXTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FTCLI_CACHE", str(folder.parent / "cache"))
        for name, extra in RUNS.items():
            package.train("texts.yaml", "output=run", *extra)
            Path("run").rename(folder.parent / name)
    return folder


@pytest.fixture
def texts(place: Path, workplace: Path) -> Path:
    """The experiment, in the current folder."""
    shutil.copytree(place, workplace, dirs_exist_ok=True)
    return workplace / "texts.yaml"


@pytest.fixture
def once(place: Path, texts: Path) -> Path:
    """The experiment, and `run`, which has done one epoch of one."""
    shutil.copytree(place.parent / "once", "run")
    return texts


@pytest.fixture
def twice(place: Path, texts: Path) -> Path:
    """The experiment, and `run`, which has done two epochs of two."""
    shutil.copytree(place.parent / "twice", "run")
    return texts


@pytest.fixture
def stateless(place: Path, texts: Path) -> Path:
    """The same, without the optimizer's state."""
    shutil.copytree(place.parent / "stateless", "run")
    return texts


@pytest.fixture
def all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No checkpoint is pruned, so that those of all epochs can be compared."""
    monkeypatch.setattr(retention, "prune", lambda *_, **__: None)
