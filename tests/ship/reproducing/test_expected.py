"""How far a figure may be: by other seeds beside the run, else by its interval; or nothing is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Experiment
from ftcli.runs.directory import RunDirectory
from ftcli.runs.receipts.losses import Losses
from ftcli.ship.reproducing.claim import Claim
from ftcli.ship.reproducing.expected import expected


def run(folder: Path, name: str, seed: int, value: float, **more: Any) -> RunDirectory:
    """The files of a finished run that are looked at."""
    (folder / name).mkdir(parents=True)
    experiment = {"task": "x", "training": {"seed": seed, "log_every": seed, **more}, "output": name}
    (folder / name / "environment.json").write_text(json.dumps({"experiment": experiment}))
    (folder / name / "summary.json").write_text(json.dumps({"val": {"accuracy": value}}))
    return RunDirectory(folder / name)


def claim_of(one: RunDirectory) -> Claim:
    return Claim("a", Experiment(), Losses(), "accuracy", {"val": {"accuracy": 0.5}}, run=one)


def test_other_seeds_of_the_same_experiment(tmp_path: Path) -> None:
    own = run(tmp_path, "a", 0, 0.5)
    run(tmp_path, "b", 1, 0.6)
    run(tmp_path, "again", 0, 0.9)
    run(tmp_path, "other", 2, 0.9, epochs=9)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "summary.json").write_text("[")
    found = expected(claim_of(own), "val")
    assert found.words == "from 2 seeds: sd 0.0707"
    assert found.most == pytest.approx(2 * 0.0707, abs=1e-4)


def test_the_interval_where_there_are_no_other_seeds(tmp_path: Path) -> None:
    own = run(tmp_path, "a", 0, 0.5)
    figures = {"accuracy": {"value": 0.5, "low": 0.4, "high": 0.7}}
    (own.path / "outcomes.json").write_text(json.dumps({"split": "val", "figures": figures}))
    found = expected(claim_of(own), "val")
    assert found.words.startswith("interval 0.4000 to 0.7000")
    assert found.most == pytest.approx(0.15)
    assert "not known" in expected(claim_of(own), "test").words


def test_nothing_is_known(tmp_path: Path) -> None:
    found = expected(claim_of(run(tmp_path, "a", 0, 0.5)), "val")
    assert "not known" in found.words
    assert found.most == pytest.approx(0.005)
