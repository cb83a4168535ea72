"""`ftcli tune` as a user meets it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.runs import training as runs_training
from ftcli.runs.experiment_checks import load_checked
from ftcli.studies.tuning.finals import Finals, Verdict
from ftcli.system import signals
from ftcli.training.fit import Fit
from tests.resuming import files
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

YAML = """
task: text-classification
data: {train: reviews.csv, val: 0.25, test: 0.25, text: text, label: label, batch_size: 4, max_length: 8}
model: bert
freeze: none
optimizer: {lr: 1e-3}
training: {epochs: 2, device: cpu, precision: fp32, early_stop: none, keep_state: true, score_first: true}
"""
SEARCH = ("--search", "optimizer.lr=1e-4..1e-2:log")


@pytest.fixture
def texts(workplace: Path) -> Path:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(32))
    tiny_models.bert(workplace / "bert")
    path = workplace / "texts.yaml"
    path.write_text(YAML)
    return path


def interrupting(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Ctrl-C at the step `at` of all trials together."""
    record, count = runs_training.Training._record, [0]

    def counted(self: Any, report: Any) -> None:
        record(self, report)
        count[0] += 1
        if count[0] == at:
            signals._requests.noted = 2

    monkeypatch.setattr(runs_training.Training, "_record", counted)


def _replaced(finals: Finals) -> Verdict:
    records = finals._study.journal.records()
    number = next(one.number for one in records[1:] if one.finished)
    return Verdict(number, f"trial {number} replaces the default")


def document(folder: str) -> dict[str, Any]:
    return dict(json.loads(Path(folder, "tune.json").read_text()))


def test_a_study_that_is_interrupted_goes_on_to_its_end(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What decides is tested in test_finals: here another replaces the default, to see what follows from that.
    monkeypatch.setattr(Finals, "verdict", _replaced)
    with monkeypatch.context() as patch:
        interrupting(patch, 8)
        stopped = ftcli("tune", texts, "--trials", 4, *SEARCH)
    assert stopped.status == 130
    assert "ftcli tune texts.yaml --resume --output runs/texts-tune" in stopped.err.replace(
        str(texts), "texts.yaml"
    )
    assert document("runs/texts-tune")["finished"] is False

    out = ftcli.ok("tune", texts, "--trials", 4, "--resume")
    found = document("runs/texts-tune")
    assert [one["trial"] for one in found["trials"]] == [0, 1, 2, 3]
    assert all(one["val"] for one in found["trials"])
    assert found["steps"]["repeated"] == 0
    assert found["steps"]["run"] == sum(one["steps"] for one in found["trials"])
    chosen = next(one for one in found["trials"][1:] if one["finished"])
    name = f"{chosen['trial']:04d}"
    assert found["test"].keys() == {"0", str(chosen["trial"])}
    assert f"trial {chosen['trial']} replaces the default" in out
    assert "0 repeated" in out
    rows = list(csv.DictReader(Path("runs/texts-tune/trials.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["changes"] for row in rows[:3]] == ["", "optimizer.lr=0.003", "optimizer.lr=0.0003333"]

    # The runs of the default and of what was chosen are left, with that of the paused one that would be next, and
    # tuned.yaml trains what was chosen.
    left = {one.name for one in Path("runs/texts-tune/trials").iterdir() if one.is_dir()}
    assert {"0000", name} <= left
    assert len(left) <= 3
    tuned = load_checked(Path("runs/texts-tune/tuned.yaml"))
    assert tuned.optimizer is not None
    assert tuned.training.score_first  # as the user has it, and no trial
    assert chosen["changes"] == [f"optimizer.lr={tuned.optimizer.options['lr']:.4g}"]
    ftcli.ok("train", "runs/texts-tune/tuned.yaml", "output=again")
    mine, again = files(Path("runs/texts-tune/trials", name)), files(Path("again"))
    weights = [name for name in again if name.endswith("model.safetensors")]
    assert weights
    assert all(mine[name] == again[name] for name in weights)

    # It is finished: the same answer again, and no other study in its folder.
    once_more = json.loads(ftcli.ok("tune", texts, "--trials", 4, "--resume", "--json"))
    assert once_more == document("runs/texts-tune")
    assert "is not empty" in ftcli.refused("tune", texts, "--trials", 4)
    other = ftcli.refused("tune", texts, "optimizer.lr=1e-2", "--trials", 4, "--resume")
    assert "another experiment" in other


def test_mistakes_are_answered_before_anything_is_opened(ftcli: Command, texts: Path) -> None:
    assert "--time 30m or --trials 20 would be right" in ftcli.refused("tune", texts)
    assert "10m or 1h30m would be right" in ftcli.refused("tune", texts, "--time", "soon")
    wrong = ftcli.refused("tune", texts, "--trials", 2, "--search", "optimizer.lr=1e-3")
    assert wrong.startswith("--search: optimizer.lr: ")
    assert "no study is here" in ftcli.refused("tune", texts, "--trials", 2, "--resume")
    assert not Path("runs").exists()


def test_what_cannot_be_trained_is_not_searched(ftcli: Command, texts: Path) -> None:
    wrong = ftcli.refused("tune", texts, "--trials", 2, "--search", "optimizer.rate=1..2")
    assert "--search: optimizer.rate" in wrong
    assert not Path("runs/texts-tune").exists()


def test_a_time_that_is_too_short_is_said(ftcli: Command, texts: Path) -> None:
    found = json.loads(ftcli.ok("tune", texts, "--time", "1ms", "--json"))
    assert found["chosen"] == 0
    assert "the time was over before" in found["reason"]
    assert found["finished"] is False
    assert found["steps"]["repeated"] == 0
    # With more time the same study goes on.
    out = ftcli.ok("tune", texts, "--trials", 1, "--resume")
    assert "the default is kept: no trial was better" in out
    assert document("runs/texts-tune")["finished"] is True
    assert document("runs/texts-tune")["steps"]["repeated"] == 0


def test_a_finished_study_goes_on_with_more_trials_and_then_with_more_time(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As of a process that was killed before study.json.
    left = Path("runs/texts-tune")
    (left / "trials" / "0000" / "model").mkdir(parents=True)
    (left / ".ftcli-lock").touch()
    (left / "start.yaml").write_text("task: te")
    (left / "mine.txt").touch()
    assert "is not empty" in ftcli.refused("tune", texts, "--trials", 1, *SEARCH)
    (left / "mine.txt").unlink()
    ftcli.ok("tune", texts, "--trials", 1, *SEARCH, "--resume")
    first = document("runs/texts-tune")
    assert (first["finished"], len(first["trials"])) == (True, 1)
    assert first["reason"] == "the default is kept: no trial was better"

    computed: list[int] = []
    real = Fit._step

    def step(self: Fit, *arguments: Any) -> Any:
        computed.append(self.progress.step)
        return real(self, *arguments)

    monkeypatch.setattr(Fit, "_step", step)
    ftcli.ok("tune", texts, "--trials", 3, "--resume")
    more = document("runs/texts-tune")
    assert (more["finished"], len(more["trials"]), more["steps"]["repeated"]) == (True, 3, 0)
    assert more["trials"][0] == first["trials"][0]
    again = sum(8 for one in more["trials"] for _ in one["again"])
    assert len(computed) == more["steps"]["run"] - first["steps"]["run"] + again
    computed.clear()
    # As much as there was is the same answer; what was taken counts.
    ftcli.ok("tune", texts, "--trials", 3, "--resume")
    assert computed == []
    ftcli.ok("tune", texts, "--trials", 9, "--time", "1ms", "--resume")
    assert (computed, document("runs/texts-tune")) == ([], more)


def test_mistakes_that_the_first_trial_meets_are_in_the_file_of_the_user(ftcli: Command, texts: Path) -> None:
    texts.write_text(YAML.replace("label: label", "label: mood"))
    assert "texts.yaml:3: data.label: " in ftcli.refused("tune", texts, "--trials", 2)
    texts.write_text(YAML.replace("val: 0.25, test: 0.25", "val: none").replace(", score_first: true", ""))
    assert "texts.yaml:3: data.val: a study compares by a" in ftcli.refused("tune", texts, "--trials", 2)


def test_without_steps_there_is_nothing_to_tune(ftcli: Command, texts: Path) -> None:
    wrong = ftcli.refused("tune", texts, "training.epochs=0", "--trials", 2)
    assert "training.epochs: no step is taken, so there is nothing to tune" in wrong
    assert not Path("runs/texts-tune").exists()


def test_only_a_study_can_go_on(ftcli: Command, texts: Path, workplace: Path) -> None:
    said = ftcli.refused("tune", texts, "--trials", 2, "--output", texts)
    assert f"{texts} is a file" in said
    assert "--resume" not in ftcli.refused("tune", texts, "--trials", 2, "--output", workplace)
