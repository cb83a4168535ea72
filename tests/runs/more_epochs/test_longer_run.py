"""A finished run goes on: as the run that had been started so, or it is said what differs."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.resuming import Stop
from tests.running import Command
from tests.runs.more_epochs.continued import check_continued, differing, experiment, summary
from tests.tiny import data as tiny_data

IMAGES = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4, augment: flip, workers: 0}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: none
optimizer: {name: sgd, lr: 1e-2}
schedule: {name: step, every: 1, gamma: 0.5}
training: {epochs: 2, early_stop: none, device: cpu, precision: fp32, log_every: 1, keep_state: true}
"""


@pytest.fixture
def images(workplace: Path) -> Path:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 3, "test": 2})
    path = workplace / "images.yaml"
    path.write_text(IMAGES)
    return path


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
        # Without a probe epoch 2 is the best, so that the longer run has a checkpoint of it, too.
        ("training.ema=0.9", "training.accumulate=2", "training.save_every=3", "training.probe=no"),
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
