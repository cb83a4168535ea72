"""A finished run without the optimizer's state: all but training works."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ftcli.runs import ending
from tests.resuming import files
from tests.running import Command
from tests.runs.more_epochs.continued import differing, summary


def test_the_state_goes_and_all_but_training_works(ftcli: Command, texts: Path) -> None:
    without = "training.keep_state=false"
    ftcli.ok("train", texts, "output=kept", "training.ema=0.9")
    shown = ftcli.ok("train", texts, "output=gone", "training.ema=0.9", without)
    assert "for more epochs: a new run with model.weights=gone; training.keep_state=true keeps what" in shown
    kept, gone = files(Path("kept/checkpoints")), files(Path("gone/checkpoints"))
    state = {name for name in kept if name.endswith("training.safetensors")}
    assert state
    assert kept.keys() - gone.keys() == state
    assert {n for n in gone if gone[n] != kept[n]} == {n for n in gone if n.endswith("manifest.json")}
    answers = []
    for run in ("kept", "gone"):
        scored = json.loads(ftcli.ok("eval", "--checkpoint", run, "--json"))
        predicted = ftcli.ok("predict", "--checkpoint", run, "--input", "reviews.csv")
        ftcli.ok("train", texts, f"output=weights-{run}", f"model.weights={run}", without)
        ftcli.ok("train", texts, f"output=model-{run}", f"model={run}", without)
        weights = [files(Path(f"{what}-{run}/checkpoints")) for what in ("weights", "model")]
        answers.append((scored["loss"], predicted, weights))
    assert answers[0] == answers[1]


@pytest.mark.usefixtures("stateless")
def test_more_epochs_without_the_state_are_refused(ftcli: Command) -> None:
    before = files(Path("run"))
    said = ftcli.refused("train", "--resume", "run", "training.epochs=4")
    assert "run cannot go on: its optimizer's state was removed when it ended" in said
    assert "training.keep_state=true keeps it" in said
    assert "model.weights=run" in said
    path = Path("run/experiment.yaml")
    path.write_text(path.read_text().replace("epochs: 2", "epochs: 4"))
    assert ftcli.refused("train", "--resume", "run") == said
    path.write_text(path.read_text().replace("epochs: 4", "epochs: 2"))
    assert files(Path("run")) == before


def test_what_a_kill_has_left_of_the_state_goes_with_the_next_resume(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", texts, "output=whole", "training.keep_state=false")
    with monkeypatch.context() as patch:
        patch.setattr(ending, "remove_state", lambda folder: None)
        ftcli.ok("train", texts, "output=run", "training.keep_state=false")
    assert differing("whole", "run") != set()
    shutil.copytree("run", "more")
    assert "the optimizer's state, which was still there, is removed" in ftcli.ok("train", "--resume", "run")
    assert differing("whole", "run") == set()
    ftcli.ok("train", "--resume", "more", "training.epochs=3")  # or is of use
    assert summary("more")["epochs"] == 3


@pytest.mark.usefixtures("stateless")
def test_a_summary_that_was_lost_is_written_again_without_the_state(ftcli: Command) -> None:
    shutil.copytree("run", "again")
    Path("again/summary.json").unlink()
    assert "cannot go on" in ftcli.refused("train", "--resume", "again", "training.epochs=3")
    ftcli.ok("train", "--resume", "again")
    assert differing("run", "again") == set()
