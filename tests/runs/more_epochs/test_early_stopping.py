"""What early stopping has ended goes on with more patience, or without it."""

from __future__ import annotations

from pathlib import Path

from tests.resuming import files
from tests.running import Command
from tests.runs.more_epochs.continued import check_continued, differing, summary

OPENING = "opening the data and the model of run ...\n"
NEVER = "training.early_stop={patience: PATIENCE, min_delta: 100}"  # nothing but the first is an improvement


def test_more_patience_is_that_of_the_whole_run(ftcli: Command, texts: Path) -> None:
    # The first that is judged is epoch 1.
    nine = ("training.epochs=9", "training.probe=no")
    ftcli.ok("train", texts, "output=long", *nine, NEVER.replace("PATIENCE", "3"))
    shown = ftcli.ok("train", texts, "output=short", *nine, NEVER.replace("PATIENCE", "1"))
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
