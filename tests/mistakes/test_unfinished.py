"""What is no mistake trains; a run that ends before its first checkpoint leaves nothing, a later one goes on."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.errors import Interruption, TrainingError
from ftcli.system import durable
from ftcli.training.fit import Fit
from tests.mistakes.case import IMAGES, TEXTS, present
from tests.running import Command


@pytest.mark.parametrize(("kind", "yaml"), [("photos", IMAGES), ("texts", TEXTS)])
def test_without_a_mistake_they_train(
    kind: str, yaml: str, ftcli: Command, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(kind)
    (folder / "x.yaml").write_text(yaml)
    ftcli.ok("train", "x.yaml")
    assert (folder / "runs/x/summary.json").is_file()


@pytest.mark.parametrize("batch_size", [2, 3])
def test_a_last_batch_of_one_trains(batch_size: int, ftcli: Command, photos: Path) -> None:
    """Batch norm has no variance of one, so that example joins the batch before."""
    (photos / "photos/train/red/0.png").unlink()
    assert 7 % batch_size == 1
    (photos / "x.yaml").write_text(IMAGES)
    ftcli.ok("train", "x.yaml", f"data.batch_size={batch_size}")


@pytest.mark.parametrize("freeze", ["backbone", "{name: none, norm_statistics: keep}"])
def test_batches_of_one_train_where_no_norm_needs_more(freeze: str, ftcli: Command, photos: Path) -> None:
    (photos / "x.yaml").write_text(IMAGES)
    ftcli.ok("train", "x.yaml", "data.batch_size=1", f"freeze={freeze}")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Interruption(2), 130, "No epoch was finished; start again"),
        (torch.OutOfMemoryError("CUDA out of memory"), 2, "a smaller data.batch_size helps"),
    ],
    ids=["interrupted", "out of memory"],
)
@pytest.mark.parametrize("output", ["runs/x", "deep/er/run"])
def test_a_run_that_ends_before_its_first_checkpoint_leaves_nothing(
    error: BaseException, status: int, said: str, output: str, ftcli: Command, photos: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fail(*_: object) -> None:
        assert Path(output, "experiment.yaml").is_file()
        raise error

    monkeypatch.setattr(Fit, "_step", fail)
    (photos / "x.yaml").write_text(IMAGES)
    before = present()
    result = ftcli("train", "x.yaml", f"output={output}")
    assert (result.status, said in result.err) == (status, True)
    assert present() == before


def test_a_folder_that_was_there_before_the_run_stays(
    ftcli: Command, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Interruption(2)

    monkeypatch.setattr(Fit, "_step", fail)
    (photos / "x.yaml").write_text(IMAGES)
    (photos / "out").mkdir()
    assert ftcli("train", "x.yaml", "output=out").status == 130
    assert list((photos / "out").iterdir()) == []


class Killed(BaseException):
    """Nothing of the program answers it."""


@pytest.mark.parametrize("removed", range(5))
def test_what_a_kill_leaves_of_a_run_that_is_discarded_can_begin(
    ftcli: Command, photos: Path, monkeypatch: pytest.MonkeyPatch, removed: int
) -> None:
    (photos / "x.yaml").write_text(IMAGES)
    real, gone = durable.delete, itertools.count()

    def remove(path: Path) -> None:
        if path.exists() and next(gone) == removed:
            raise Killed
        real(path)

    def fail(self: Fit, *given: Any) -> Any:
        raise TrainingError("no more")

    with monkeypatch.context() as patch:
        patch.setattr(Fit, "_step", fail)
        patch.setattr(durable, "delete", remove)
        with pytest.raises(Killed):
            ftcli("train", "x.yaml", "output=out")
    begun = (photos / "out/experiment.yaml").exists()
    assert begun == (removed < 2)  # log.txt is the first to go
    ftcli.ok("train", *(("--resume", "out") if begun else ("x.yaml", "output=out")))


def test_a_run_with_a_checkpoint_is_kept(
    ftcli: Command, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Fit._step

    def fail(self: Fit, *given: Any) -> Any:
        if self.progress.epoch == 1:
            raise Interruption(15)
        return step(self, *given)

    (photos / "x.yaml").write_text(IMAGES)
    with monkeypatch.context() as patch:
        patch.setattr(Fit, "_step", fail)
        result = ftcli("train", "x.yaml", "training.epochs=2")
    assert (result.status, "ftcli train --resume runs/x" in result.err) == (143, True)
    ftcli.ok("train", "--resume", "runs/x")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("training.accumulate=100",), "training.accumulate: 100 is more than the 2 batches of an epoch"),
        (
            ("schedule={name: cosine, warmup: 1000}",),
            "schedule.warmup: 1000 steps are at least the 2 of",
        ),
        (("schedule={name: linear, warmup: 0.5}", "training.accumulate=2"), ""),
        (("data.per_class=99",), "8 of 8 examples, at most 99 of each class"),
    ],
)
def test_numbers_that_are_larger_than_the_data_are_told(
    overrides: tuple[str, ...], said: str, ftcli: Command, photos: Path
) -> None:
    Path("x.yaml").write_text(IMAGES)
    shown = " ".join(ftcli.ok("train", "x.yaml", "--dry-run", "--verbose", *overrides).split())
    assert said in shown
    assert said or "accumulate:" not in shown
