"""What is asked of a finished run and changes nothing: mistakes, and what it has done already."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.resuming import files
from tests.running import Command

OPENING = "opening the data and the model of run ...\n"


@pytest.mark.parametrize(
    "asked", [(), ("training.epochs=2",), ("training.epochs=1",), ("training.log_every=9",)]
)
@pytest.mark.usefixtures("twice")
def test_nothing_to_do_changes_nothing(ftcli: Command, asked: tuple[str, ...]) -> None:
    before = files(Path("run"))
    shown = ftcli.ok("train", "--resume", "run", *asked)
    ignored = f", and {asked[0]} is ignored" if asked else ""
    assert shown == (
        f"{OPENING}run is finished (all epochs are done); there is nothing to resume{ignored}\n"
        "for more epochs: ftcli train --resume run training.epochs=4\n"
    )
    assert files(Path("run")) == before


def test_the_end_of_a_run_says_how_it_goes_on(ftcli: Command, texts: Path) -> None:
    shown = ftcli.ok("train", texts, "output=run")
    assert "for more epochs: ftcli train --resume run training.epochs=4\n" in shown


def test_a_policy_that_goes_by_all_epochs_is_refused(ftcli: Command, texts: Path) -> None:
    shown = ftcli.ok("train", texts, "output=run", "freeze=gradual")
    assert "for more epochs: a new run with model.weights=run" in shown
    before = files(Path("run"))
    said = ftcli.refused("train", "--resume", "run", "training.epochs=4")
    assert "command line: training.epochs: was 2 and is 4, on which freeze: gradual depends" in said
    assert "start a new run from it: model.weights=run" in said
    assert files(Path("run")) == before


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
@pytest.mark.usefixtures("once")
def test_mistakes_change_nothing(ftcli: Command, asked: tuple[str, ...], answer: str) -> None:
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
