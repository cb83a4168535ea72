"""What decides whether the default is replaced, on made-up results."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ftcli.config.schema import Experiment
from ftcli.studies.trials import Rung
from ftcli.studies.tuning import finals as room
from ftcli.studies.tuning.costs import Costs
from ftcli.studies.tuning.facts import Facts
from ftcli.studies.tuning.finals import SEEDS, Finals
from ftcli.studies.tuning.space import Dimension, Range
from ftcli.studies.tuning.study import Study

FACTS = Facts(
    name="x", space=(Dimension("optimizer.lr", Range(0.1, 10.0, log=True), relative=True),),
    start={"optimizer.lr": 1.0}, metric="accuracy", steps=90, validated=40, seed=0, policy="none",
)  # fmt: skip


class Short(Study):
    """A study whose trials have 90 steps each."""

    def steps_of(self, point: object) -> int:
        return 90


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Short(tmp_path, FACTS)


def trained(study: Study, figures: Sequence[float]) -> None:
    """Trials with these figures, all trained to their end."""
    for number, figure in enumerate(figures):
        study.journal.begin()
        study.journal.report(number, Rung(1.0, 90, figure, figure, 10.0, True, 90, 0.5))


def again(monkeypatch: pytest.MonkeyPatch, study: Study, right: dict[int, int]) -> list[tuple[int, int]]:
    """Let trial N be right on `right[N]` of 40 examples, whatever the seed; gives what is trained again."""
    asked: list[tuple[int, int]] = []

    def train(self: Finals, number: int, seed: int) -> None:
        asked.append((number, seed))
        scores = [1.0] * right[number] + [0.0] * (40 - right[number])
        path = study.folder / "reruns" / f"{number:04d}-seed-{seed}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"figures": {"accuracy": right[number] / 40}, "scores": scores}))

    monkeypatch.setattr(Finals, "_again", train)
    return asked


def test_one_that_is_clearly_better_replaces_the_default(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(study, [0.5, 0.9, 0.4, 0.8, 0.7])
    asked = again(monkeypatch, study, {0: 20, 1: 36, 3: 30})
    verdict = Finals(study).verdict()
    assert (verdict.chosen, [one.number for one in verdict.differences]) == (1, [1, 3])
    assert verdict.differences[0].gain == pytest.approx(0.4)
    assert verdict.differences[0].seeds == SEEDS
    # The best and the default with each seed, then the second.
    assert asked == [(0, 1), (1, 1), (0, 2), (1, 2), (3, 1), (3, 2)]


def test_luck_does_not(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(study, [0.5, 0.9])
    again(monkeypatch, study, {0: 20, 1: 22})
    verdict = Finals(study).verdict()
    assert verdict.chosen == 0
    assert "the default is kept" in verdict.reason
    assert verdict.differences[0].gain > 0


def test_the_default_is_kept_where_no_trial_was_better(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(study, [0.9, 0.8, 0.7])
    assert again(monkeypatch, study, {}) == []
    assert Finals(study).verdict().chosen == 0


def test_without_time_nothing_is_trained_again(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(study, [0.5, 0.9])
    asked = again(monkeypatch, study, {0: 20, 1: 36})
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    verdict = Finals(study, until=105.0).verdict()
    assert (verdict.chosen, verdict.final, asked) == (0, False, [])
    assert "there was no time to train the best again with another seed" in verdict.reason
    # Half a comparison says nothing: there is time for one training, and two are needed.
    assert not Finals(study, until=115.0).verdict().final
    assert asked == []
    assert Finals(study, until=125.0).verdict().chosen == 1


def test_without_time_for_another_setting_there_is_no_verdict(study: Study) -> None:
    trained(study, [0.5])
    late = Finals(study, until=1e9, most=None).verdict()
    assert (late.chosen, late.final) == (0, False)
    assert "no time to train another setting to its end" in late.reason
    least = Costs(study, study.journal.records()).least()
    assert late.needed == pytest.approx(least)
    # Ten seconds were for the trial, the others are needed again.
    study.note_spent(40.0)
    assert Finals(study, until=1e9).verdict().needed == pytest.approx(30 + least)
    assert Finals(study, until=1e9, most=1).verdict().final


def test_a_default_that_is_not_finished_is_kept(study: Study) -> None:
    study.journal.begin()
    study.journal.report(0, Rung(1 / 9, 10, 0.5, 0.5, 10.0, False, 10, 0.5))
    assert "the time was over" in Finals(study).verdict().reason


def test_another_seed_is_judged_on_the_same_splits(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    began = Experiment()
    monkeypatch.setattr(room, "load_run_experiment", lambda directory: began)
    other = Finals(study)._seeded(0, 7)
    assert other.training.seed == 7
    assert other.split_seed == began.split_seed == 0
