"""Workers of a study: one that is killed loses nothing that was saved, and no trial."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import time
from pathlib import Path
from threading import Thread

import pytest

from ftcli.runs.experiment_checks import load_checked
from ftcli.studies.tuning import processes
from ftcli.studies.tuning.processes import search
from ftcli.studies.tuning.study import Study
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

YAML = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 8}
model: bert
freeze: none
optimizer: {lr: 1e-3}
training: {epochs: 1, device: cpu, precision: fp32, early_stop: none}
"""
TRIALS = 3


@pytest.fixture
def study(workplace: Path) -> Study:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(workplace / "bert")
    (workplace / "texts.yaml").write_text(YAML)
    experiment = load_checked(workplace / "texts.yaml")
    return Study.create(experiment, workplace / "study", "texts", ["optimizer.lr=1e-4..1e-2:log"])


def _kill_one(study: Study) -> None:
    """Kill a worker as soon as a trial has reported."""
    while not any(one.rungs for one in study.journal.records()):
        time.sleep(0.01)
    multiprocessing.active_children()[0].kill()


def test_one_of_two_is_killed_and_no_trial_is_lost(study: Study) -> None:
    killer = Thread(target=_kill_one, args=(study,), daemon=True)
    killer.start()
    search(study, workers=2, until=math.inf, most=TRIALS, say=lambda record: None)
    killer.join()
    records = study.journal.records()
    assert [one.number for one in records if one.failed is None] == list(range(TRIALS))
    assert all(one.rungs for one in records)
    assert records[0].finished
    assert any(one.finished for one in records[1:])
    assert not any(study.leases.held(str(one.number)) for one in records)
    assert list((study.folder / "leases").iterdir()) == []
    # What the killed one computed behind its last checkpoint, and no more, was computed again.
    repeated = {one.number: study.computed(one.number) - one.rungs[-1].step for one in records}
    assert sum(count > 0 for count in repeated.values()) <= 1
    # Nothing is left to do.
    search(study, workers=1, until=math.inf, most=TRIALS, say=lambda record: pytest.fail("it trained more"))


def test_a_worker_stops_when_who_started_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def join(self) -> None:
            """It has ended."""

    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(multiprocessing, "parent_process", Gone)
    monkeypatch.setattr(os, "kill", lambda process, number: sent.append((process, number)))
    processes._stop_with_parent()
    assert sent == [(os.getpid(), signal.SIGTERM)]
