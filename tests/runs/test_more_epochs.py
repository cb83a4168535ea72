"""A finished run goes on: as the run that had been started so, or it is said what differs, or why not."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from ftcli.runs import ending
from ftcli.runs.checkpoints import retention
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_run_experiment
from tests.killing import Killed, kill_at
from tests.resuming import Stop, files
from tests.running import Command
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
IMAGES = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4, augment: flip, workers: 0}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: none
optimizer: {name: sgd, lr: 1e-2}
schedule: {name: step, every: 1, gamma: 0.5}
training: {epochs: 2, early_stop: none, device: cpu, precision: fp32, log_every: 1, keep_state: true}
"""
TIMES = ("seconds", "seconds_to_first_step", "ended")
OPENING = "opening the data and the model of run ...\n"
NEVER = "training.early_stop={patience: PATIENCE, min_delta: 100}"  # nothing but the first is an improvement


@pytest.fixture
def texts(workplace: Path) -> Path:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(workplace / "bert")
    path = workplace / "texts.yaml"
    path.write_text(TEXTS)
    return path


@pytest.fixture
def images(workplace: Path) -> Path:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 3, "test": 2})
    path = workplace / "images.yaml"
    path.write_text(IMAGES)
    return path


@pytest.fixture
def all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No checkpoint is pruned, so that those of all epochs can be compared."""
    monkeypatch.setattr(retention, "prune", lambda *_, **__: None)


def result(run: str) -> dict[str, Any]:
    """All that a run has come to: its files, and its summary but for the times."""
    others = ("experiment.yaml", "environment.json", "log.txt", "summary.json", ".ftcli-lock")
    found: dict[str, Any] = {name: value for name, value in files(Path(run)).items() if name not in others}
    return found | {key: value for key, value in summary(run).items() if key not in TIMES}


def summary(run: str) -> dict[str, Any]:
    return dict(json.loads(Path(run, "summary.json").read_text()))


def experiment(run: str) -> dict[str, Any]:
    return dict(yaml.safe_load(Path(run, "experiment.yaml").read_text()), output=None)


def differing(one: str, other: str) -> set[str]:
    first, second = result(one), result(other)
    return {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}


def check_continued(long: str, short: str, epochs: int) -> None:
    """The run that ended after so many epochs, and went on, is the longer one; but the checkpoints of its first part
    know of no more epochs, or that it was over.
    """
    names = {str(one) for one in Path(long).rglob("epoch-*/*.json") if int(one.parent.name[6:10]) <= epochs}
    written = {str(Path(name).relative_to(long)) for name in names}
    assert differing(long, short) <= written
    for name in (one for one in written if one.endswith("state.json")):
        documents = [json.loads(files(Path(run))[name]) for run in (long, short)]
        for document in documents:
            document["progress"] |= {"planned": 0, "stopped": None}
        assert documents[0] == documents[1]


def check_same(ftcli: Command, config: Path, *extra: str) -> None:
    """Two epochs, then two more, give the bytes of four at once."""
    ftcli.ok("train", config, "output=long", "training.epochs=4", *extra)
    ftcli.ok("train", config, "output=short", *extra)
    assert summary("short")["epochs"] == 2
    shown = ftcli.ok("train", "--resume", "short", "training.epochs=4")
    assert "resuming short after epoch 2" in shown
    assert "learning rate" not in shown
    check_continued("long", "short", 2)
    assert experiment("long") == experiment("short")
    assert (summary("short")["epochs"], summary("short")["stopped"]) == (4, "all epochs are done")


@pytest.mark.usefixtures("all_kept")
@pytest.mark.parametrize(
    "extra",
    [
        (),
        ("training.ema=0.9", "training.accumulate=2", "training.save_every=3"),
        ("schedule={name: plateau, patience: 0, gamma: 0.5}", "training.metric=loss"),
        ("schedule={name: constant, warmup: 3}", "training.retries=1"),
        ("freeze=backbone", "training.score_first=true"),
        ("freeze=1",),
        ("freeze={name: lp-ft, probe_epochs: 1}", "training.early_stop=2"),
        ("optimizer={name: sgd, lr: 1e-2, momentum: 0.0}", "training.keep_state=false"),
        ("data.val=none",),
    ],
    ids=str,
)
def test_more_epochs_are_those_of_a_longer_run(ftcli: Command, texts: Path, extra: tuple[str, ...]) -> None:
    check_same(ftcli, texts, *extra)


@pytest.mark.usefixtures("all_kept")
@pytest.mark.parametrize("extra", [(), ("data.workers=1", "training.ema=0.9"), ("freeze=2",)], ids=str)
def test_more_epochs_with_images(ftcli: Command, images: Path, extra: tuple[str, ...]) -> None:
    """Augmented, with batch norms, a test split and rates that fall after each epoch."""
    check_same(ftcli, images, *extra)


def test_what_was_the_best_stays_it(ftcli: Command, texts: Path) -> None:
    """Rates that grow ruinous after the first two epochs cannot be had; with these the first is the best already."""
    ruinous = ("optimizer={name: sgd, lr: 20}", "training.metric=loss")
    check_same(ftcli, texts, *ruinous)
    assert summary("short")["best_epoch"] < 3
    assert len(list(Path("short/checkpoints").iterdir())) == 2


def test_an_edited_file_is_an_override_and_twice_is_once(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=short")
    shutil.copytree("short", "edited")
    path = Path("edited/experiment.yaml")
    own = "# mine\n" + path.read_text().replace("epochs: 2", "epochs:   4").replace("output: short\n", "")
    path.write_text(own)
    ftcli.ok("train", "--resume", "edited")
    assert path.read_text() == own
    ftcli.ok("train", "--resume", "short", "training.epochs=3", "training.log_every=1")
    ftcli.ok("train", "--resume", "short", "training.epochs=4")
    check_continued("edited", "short", 3)


def test_a_run_that_is_not_finished_takes_overrides_too(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=long", "training.epochs=4")
    with pytest.MonkeyPatch.context() as patch:
        Stop(patch, epoch=1)
        assert ftcli("train", texts, "output=short").status == 130
    shown = ftcli.ok("train", "--resume", "short", "training.epochs=4", "training.save_every=2")
    assert "note: training.save_every was 1 and is 2: the run goes on so" in shown
    assert differing("long", "short") == set()
    assert "  epochs: 4\n" in Path("short/experiment.yaml").read_text()
    assert "  save_every: 2\n" in Path("short/experiment.yaml").read_text()


@pytest.mark.parametrize(
    "schedule",
    ["cosine", "linear", "{name: constant, warmup: 0.2}", "{name: plateau, warmup: 0.2}", "{name: step, warmup: 20}"],
)  # fmt: skip
@pytest.mark.parametrize("stopped", [False, True])
def test_other_rates_in_the_past_are_said(ftcli: Command, texts: Path, schedule: str, stopped: bool) -> None:
    name = schedule.strip("{}").removeprefix("name: ").split(",")[0]
    given = ("output=run", f"schedule={schedule}")
    if stopped:
        with pytest.MonkeyPatch.context() as patch:
            Stop(patch, epoch=1)
            assert ftcli("train", texts, *given).status == 130
    else:
        ftcli.ok("train", texts, *given)
    steps = 5 if stopped else 10
    note = (
        f"steps 1 to {steps} had other learning rates than in a run started with 4 epochs: the {name} schedule was "
        "made for 2. From here on it is made for 4"
    )
    assert f"note: {note}\n" in ftcli.ok("train", "--resume", "run", "training.epochs=4")
    lines = [json.loads(line) for line in Path("run/metrics.jsonl").read_text().splitlines()]
    assert [line for line in lines if "note" in line] == [{"step": steps, "epoch": steps // 5, "note": note}]
    assert summary("run")["epochs"] == 4


def test_a_probe_stays_what_it_was(ftcli: Command, texts: Path) -> None:
    shown = ftcli.ok("train", texts, "--verbose", "output=short", "freeze=lp-ft", "training.epochs=3")
    assert re.search(r"freeze\.probe_epochs +1 +a third of the run", shown)
    ftcli.ok("train", texts, "output=long", "freeze={name: lp-ft, probe_epochs: 1}", "training.epochs=6")
    ftcli.ok("train", "--resume", "short", "training.epochs=6")
    check_continued("long", "short", 3)


def test_a_policy_that_goes_by_all_epochs_is_refused(ftcli: Command, texts: Path) -> None:
    shown = ftcli.ok("train", texts, "output=run", "freeze=gradual")
    assert "for more epochs: a new run with model.weights=run" in shown
    before = files(Path("run"))
    said = ftcli.refused("train", "--resume", "run", "training.epochs=4")
    assert "command line: training.epochs: was 2 and is 4, on which freeze: gradual depends" in said
    assert "start a new run from it: model.weights=run" in said
    assert files(Path("run")) == before


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("when", range(1, 7))
def test_a_kill_leaves_a_finished_run_finished_or_one_that_goes_on(
    ftcli: Command, texts: Path, when: int, after: bool
) -> None:
    """And the old experiment.yaml or the new one."""
    ftcli.ok("train", texts, "output=run", "training.epochs=1")
    directory = RunDirectory(Path("run"))
    old = load_run_experiment(directory)
    new = load_run_experiment(directory, ["training.epochs=2"])
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_at(patch, when, after=after)
        directory.reopen(new)
        raise Killed  # there were no more calls
    found = load_run_experiment(directory)
    assert found in (old, new)
    assert found == new or directory.summary() != {}
    ftcli.ok("train", "--resume", "run", "training.epochs=2")
    assert summary("run")["epochs"] == 2


# ------------------------------------------------------------------------------------------------- early stopping


def test_more_patience_is_that_of_the_whole_run(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=long", "training.epochs=9", NEVER.replace("PATIENCE", "3"))
    shown = ftcli.ok("train", texts, "output=short", "training.epochs=9", NEVER.replace("PATIENCE", "1"))
    assert "ftcli train --resume short training.early_stop=none" in shown
    assert [summary(run)["epochs"] for run in ("long", "short")] == [4, 2]
    ftcli.ok("train", "--resume", "short", "training.early_stop.patience=3")
    check_continued("long", "short", 2)
    assert summary("short")["stopped"] == "accuracy has not improved in 3 evaluations"


def test_without_early_stopping_all_epochs_are_done(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=long", "training.epochs=4")
    ftcli.ok("train", texts, "output=short", "training.epochs=4", NEVER.replace("PATIENCE", "1"))
    ftcli.ok("train", "--resume", "short", "training.early_stop=none")
    different = {name for name in differing("long", "short") if not name.endswith(".json")}
    assert different == set()  # of progress, what counted as an improvement


def test_more_epochs_alone_do_not_outlast_early_stopping(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=run", "training.epochs=4", NEVER.replace("PATIENCE", "2"))
    before = files(Path("run"))
    shown = ftcli.ok("train", "--resume", "run", "training.epochs=9")
    assert shown == (
        f"{OPENING}run is finished (accuracy has not improved in 2 evaluations, which ends a run of 9 epochs, too); "
        "there is nothing to resume, and training.epochs=9 is ignored\n"
        "for more epochs: ftcli train --resume run training.early_stop=none\n"
    )
    assert files(Path("run")) == before
    ftcli.ok("train", texts, "output=other", "training.epochs=3", NEVER.replace("PATIENCE", "2"))
    shown = ftcli.ok("train", "--resume", "other", "training.epochs=9")  # it ended as all epochs were done
    assert "other is finished (accuracy has not improved in 2 evaluations, which ends a run of 9" in shown


@pytest.mark.parametrize(
    "asked", [(), ("training.epochs=2",), ("training.epochs=1",), ("training.log_every=9",)]
)
def test_nothing_to_do_changes_nothing(ftcli: Command, texts: Path, asked: tuple[str, ...]) -> None:
    assert "for more epochs: ftcli train --resume run training.epochs=4\n" in ftcli.ok(
        "train", texts, "output=run"
    )
    before = files(Path("run"))
    shown = ftcli.ok("train", "--resume", "run", *asked)
    ignored = f", and {asked[0]} is ignored" if asked else ""
    assert shown == (
        f"{OPENING}run is finished (all epochs are done); there is nothing to resume{ignored}\n"
        "for more epochs: ftcli train --resume run training.epochs=4\n"
    )
    assert files(Path("run")) == before


# --------------------------------------------------------------------------------------------------- the state


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


def test_more_epochs_without_the_state_are_refused(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=run", "training.keep_state=false")
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


def test_a_summary_that_was_lost_is_written_again_without_the_state(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=run", "training.keep_state=false")
    shutil.copytree("run", "again")
    Path("again/summary.json").unlink()
    assert "cannot go on" in ftcli.refused("train", "--resume", "again", "training.epochs=3")
    ftcli.ok("train", "--resume", "again")
    assert differing("run", "again") == set()


# -------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (("texts.yaml",), "it takes key=value to change that, not texts.yaml"),
        (("texts.yaml", "training.epochs=3"), "not texts.yaml"),
        (("training.epochs=3", "texts.yaml"), "not texts.yaml"),
        (("training.epochs=3", "--dry-run"), "neither --print-config nor --dry-run"),
        (("training.epoch=3",), "command line: training.epoch: no such key. Did you mean 'epochs'?"),
        (("training.epochs=few",), "command line: training.epochs: should be a whole number"),
        (("training.epochs=",), "command line: training.epochs: needs a value"),
        (("training.epochs=3", "data.batch_size=2"), "command line: data.batch_size: was 4 and is 2"),
        (("optimizer.lr=1e-4", "--processes=2"), "command line: optimizer.lr: was 0.001 and is 0.0001"),
        (
            ("training.epochs=none", "--processes=2"),
            "command line: training.epochs: should be a whole number",
        ),
    ],
)
def test_mistakes_change_nothing(ftcli: Command, texts: Path, asked: tuple[str, ...], answer: str) -> None:
    ftcli.ok("train", texts, "output=run", "training.epochs=1")
    before = files(Path("run"))
    assert answer in ftcli.refused("train", "--resume", "run", *asked)
    assert files(Path("run")) == before


def test_data_that_has_changed_leaves_a_finished_run_finished(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=run", "training.epochs=1")
    before = files(Path("run"))
    with Path("reviews.csv").open("a") as file:
        file.write("one more,good\n")
    assert "the data has changed" in ftcli.refused("train", "--resume", "run", "training.epochs=3")
    after = files(Path("run"))
    assert {name for name in before if before[name] != after[name]} <= {".ftcli-lock"}


def test_what_a_kill_has_left_of_the_end_is_made_up_for(ftcli: Command, texts: Path) -> None:
    ftcli.ok("train", texts, "output=run")
    Path("run/report.html").rename("run/report.html.partial-0123456789abcdef")
    assert "run is finished" in ftcli.ok("train", "--resume", "run")
    assert Path("run/report.html").read_text().startswith("<!doctype html>")
    assert not list(Path("run").glob("*.partial-*"))
    Path("run/README.md").unlink()
    assert "run is finished" in ftcli.ok("train", "--resume", "run")
    assert "# run" in Path("run/README.md").read_text()
