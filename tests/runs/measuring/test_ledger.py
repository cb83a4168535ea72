"""What a training was expected to cost stands beside what it did cost, and the next one is expected to cost that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from ftcli.runs.measuring.cost import EARLIER_RUN, FORMULA
from ftcli.runs.measuring.expected import expected
from ftcli.runs.measuring.history import NAME
from ftcli.runs.measuring.ledger import Ledger
from ftcli.runs.measuring.memory import DeviceMemory
from ftcli.runs.training import Training
from tests.runs.measuring.test_disk import made
from tests.tiny import data


@pytest.fixture
def photos(workplace: Path) -> Path:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    return workplace


def ended(training: Training) -> dict[str, object]:
    training.begin()
    for _ in training:
        pass
    found: dict[str, object] = training.directory.summary()["cost"]
    return found


def test_the_second_run_is_expected_to_cost_what_the_first_did(photos: Path, cache: Path) -> None:
    first = made(photos, "freeze={name: lp-ft, probe_epochs: 1}")
    unknown = expected(first.outline)
    assert (unknown.memory_source, unknown.at_least, unknown.seconds) == (FORMULA, True, None)
    cost = ended(first)
    real = cost["real"]
    assert isinstance(real, dict)
    assert real["memory_bytes"] > 2**26
    [line] = (cache / NAME).read_text().splitlines()
    assert [len(one) for one in json.loads(line)["run"]["phases"]] == [2, 2]
    # The same network, trained in the same way; longer, to another folder.
    again = expected(made(photos, "freeze={name: lp-ft, probe_epochs: 1}", "training.epochs=4").outline)
    assert again.memory == real["memory_bytes"]
    assert again.memory_source == again.seconds_source == EARLIER_RUN
    assert len(again.epochs) == 4
    assert again.epochs[1] > again.epochs[2] > 0 or again.epochs[1] == again.epochs[2]
    assert again.seconds_of(1) == pytest.approx(again.seconds - sum(again.epochs[1:]))  # type: ignore[operator]
    # A limit of time is less than all epochs take; that of fewer epochs is not less for it.
    assert again.within(again.seconds_of(1)).seconds_of(1) == again.seconds_of(1)
    # Another batch is another cost.
    assert expected(made(photos, "data.batch_size=2").outline).memory_source == FORMULA


def test_nothing_is_kept_where_the_cache_is_off(photos: Path, cache: Path) -> None:
    cost = ended(made(photos, "training.epochs=1", "data.cache=none", "model.head=mlp"))
    assert cost["predicted"] is not None
    assert not (cache / NAME).exists()


@pytest.mark.parametrize(("device", "peak"), [("cpu", 700), ("cuda", 900)])
def test_pages_of_the_checkpoint_that_is_scored_at_the_end_are_no_memory(
    monkeypatch: pytest.MonkeyPatch, device: str, peak: int
) -> None:
    """The peak of a process counts those of files: 600 up to the last epoch, 700 are held, 900 with the file."""
    ledger = Ledger()
    peaks = iter([600, 900])
    monkeypatch.setattr(DeviceMemory, "peak", lambda memory: next(peaks))
    monkeypatch.setattr(DeviceMemory, "held", lambda memory: 700)
    ledger.epoch(torch.device(device))
    assert ledger._most(DeviceMemory(torch.device(device))) == peak
