"""`ftcli lr`, from a YAML to what is written."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from ftcli.errors import NotFiniteError
from ftcli.runs.settling.sweep import sweeps
from ftcli.studies import rates
from tests.running import Command
from tests.runs.settling.small import small
from tests.tiny import models


def test_a_sweep_changes_nothing(ftcli: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "sweeps", partial(sweeps, steps=18, seeds=1))
    small(workplace)
    before = (workplace / "x.yaml").read_text()
    document = json.loads(ftcli.ok("lr", "x.yaml", "optimizer.lr=find", "--json", "--output", "out"))
    assert document["usual"]["lr"] == 1e-3
    assert json.loads((workplace / "out" / "lr.json").read_text()) == document
    assert (workplace / "out" / "lr.svg").read_text().startswith("<svg")
    assert (workplace / "x.yaml").read_text() == before
    assert not (workplace / "runs").exists()


def test_mistakes_are_answered(ftcli: Command, workplace: Path) -> None:
    small(workplace)
    assert "optimizer.backbone_lr" in ftcli.refused("lr", "x.yaml", "optimizer={lr: find, backbone_lr: 1e-4}")
    assert "training.epocs" in ftcli.refused("lr", "x.yaml", "training.epocs=2")
    (workplace / "file").write_text("")
    assert "--output" in ftcli.refused("lr", "x.yaml", "--output", "file")
    assert "file is a file; name a folder" in ftcli.refused("lr", "x.yaml", "--output", "file/inside")


def test_data_are_enough(ftcli: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "sweeps", partial(sweeps, steps=18, seeds=1))
    models.bert(workplace / "bert")
    rows = [f"{'good' if i % 2 else 'bad'} film {i},{'ab'[i % 2]},{'xy'[i % 2]}" for i in range(40)]
    (workplace / "films.csv").write_text("text,liked,seen\n" + "\n".join(rows) + "\n")
    wishes = ("--label", "seen", "--task", "text-classification", "--model", "bert")
    shown = ftcli.ok("lr", "films.csv", *wishes)
    assert "label: seen" in shown
    assert "loss of a step by the learning rate" in shown


def test_a_loss_that_is_not_a_number_before_any_step_is_no_matter_of_the_rate(
    ftcli: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(workplace)

    def fail(*_: object) -> NoReturn:
        raise NotFiniteError("the loss is nan at step 1", "A lower rate usually helps")

    monkeypatch.setattr("ftcli.runs.settling.sweep._losses", fail)
    assert "the loss is nan at step 1" in ftcli.refused("lr", "x.yaml")
