"""What steps cost is measured, and nothing stays of it."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from ftcli.config.load import load_experiment
from ftcli.errors import MemoryShortError
from ftcli.runs.measuring.steps import measure
from ftcli.runs.names import NAMES
from ftcli.runs.session import Session, prepare
from ftcli.training.fit import Fit
from tests.tiny import data, models

YAML = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4, augment: none}
model: {backbone: torchvision/resnet18, weights: none}
freeze: {name: lp-ft, probe_epochs: 1}
training: {epochs: 2, device: cpu, precision: fp32}
"""


def session(folder: Path, text: str = YAML, *overrides: str) -> Session:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return prepare(load_experiment(path, overrides, names=NAMES))


@pytest.fixture
def images(workplace: Path) -> Path:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    return workplace


@pytest.fixture
def texts(workplace: Path) -> Path:
    data.table(workplace / "reviews.csv", data.reviews(16))
    return workplace


def of_texts(folder: Path, *overrides: str) -> Session:
    text = (
        "task: text-classification\ndata: {train: reviews.csv, val: 0.25, batch_size: 4}\n"
        f"model: {{backbone: {models.bert(folder / 'bert')}}}\n"
        "training: {epochs: 2, device: cpu, precision: fp32}\n"
    )
    return session(folder, text, *overrides)


def state(of: Session) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in of.model.state_dict().items()}


def test_the_session_is_put_back_bit_for_bit(images: Path) -> None:
    ready = session(images, YAML)
    before, modes = state(ready), [module.training for module in ready.model.modules()]
    flags = [value.requires_grad for value in ready.model.parameters()]
    numbers = torch.get_rng_state(), repr(np.random.get_state()), random.getstate()
    costs = measure(ready, [2, 4], steps=1, skip=1)
    after = state(ready)
    assert [cost.examples for cost in costs] == [2, 4]
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert before.keys() == after.keys()
    assert modes == [module.training for module in ready.model.modules()]
    assert flags == [value.requires_grad for value in ready.model.parameters()]
    assert all(value.grad is None for value in ready.model.parameters())
    assert ready.model.cut is None
    assert torch.equal(numbers[0], torch.get_rng_state())
    assert (repr(np.random.get_state()), random.getstate()) == numbers[1:]


def test_all_that_trains_in_any_epoch_is_measured(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[int] = []
    step = Fit._step

    def watched(fit: Fit, form: torch.nn.Module, window: object) -> object:
        made = step(fit, form, window)  # type: ignore[arg-type]
        trained.append(sum(value.requires_grad for value in fit.model.parameters()))
        return made

    monkeypatch.setattr(Fit, "_step", watched)
    ready = session(images)
    [cost] = measure(ready, [4], steps=2, skip=1)
    assert trained == [len(list(ready.model.parameters()))] * 3  # not the head alone, as in the first epoch
    assert cost.seconds > 0
    assert cost.peak_bytes >= cost.held_bytes > 0


def test_the_longest_examples_come_first_and_again_where_there_are_few(texts: Path) -> None:
    ready = of_texts(texts)
    few, many = measure(ready, [1, 40], steps=1, skip=0)
    assert few.longest == many.longest > 0
    assert many.examples == 40  # of 12


def test_features_at_the_cut_are_measured_where_a_training_keeps_them(
    images: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []
    outputs = Fit._loss

    def watched(fit: Fit, form: torch.nn.Module, batch: object) -> object:
        seen.append(set(batch.inputs))  # type: ignore[attr-defined]
        return outputs(fit, form, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(Fit, "_loss", watched)
    measure(session(images, YAML, "freeze=backbone"), [4], steps=1, skip=0)
    assert seen == [{"features"}]
    assert not list(cache.glob("features-*"))  # those of the measurement are gone


def test_the_list_ends_where_memory_is_too_short(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Fit._step

    def short(fit: Fit, form: torch.nn.Module, window: list[object]) -> object:
        if len(window[0].ids) > 4:  # type: ignore[attr-defined]
            raise MemoryShortError("full")
        return step(fit, form, window)  # type: ignore[arg-type]

    monkeypatch.setattr(Fit, "_step", short)
    assert [cost.examples for cost in measure(session(images), [2, 8, 16], steps=1, skip=0)] == [2]
