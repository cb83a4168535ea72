"""One study of two tiny networks, raced, and what a second call makes of it; then what goes wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import Interruption, RunError, UserError
from ftcli.runs.experiment_checks import load_checked
from ftcli.runs.session import prepare
from ftcli.studies.recommend import finding, looking
from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.studies.recommend.ranking.records import Cost
from ftcli.studies.recommend.recommend import recommend
from ftcli.studies.recommend.study import Asked, Study
from tests.studies.recommend.made_up import facts
from tests.tiny import data as tiny
from tests.tiny import models

YAML = """
task: text-classification
data: {{train: {folder}/reviews.csv, val: 0.25, text: text, label: label, batch_size: 8, max_length: 16, workers: 0}}
model: {folder}/bert
training: {{epochs: 1, device: cpu, precision: fp32, early_stop: none}}
"""
Documents = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two networks and reviews, with a cache for all tests of this file."""
    place = tmp_path_factory.mktemp("recommend")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FTCLI_CACHE", str(place / "cache"))
        tiny.table(place / "reviews.csv", tiny.reviews(80))
        models.bert(place / "bert")
        models.distilbert(place / "distilbert")
        (place / "texts.yaml").write_text(YAML.format(folder=place))
        yield place


def study(folder: Path, name: str = "study", overrides: tuple[str, ...] = (), **asked: Any) -> Study:
    base = load_checked(folder / "texts.yaml", overrides)
    wanted: dict[str, Any] = {"models": [f"{folder}/distilbert,nowhere"], "race": 2, **asked}
    return Study(base, folder / name, Asked(**wanted))


@pytest.fixture(scope="module")
def first(folder: Path) -> tuple[Study, Documents]:
    # With a limit of memory what training costs is measured, however short it is.
    made = study(folder, memory=1e12)
    return made, [*recommend(made)]


def test_candidates_are_judged_and_raced(first: tuple[Study, Documents]) -> None:
    document = first[1][-1][1]
    assert [name for name, _ in first[1]] == [
        "data", "timing", "features", "sizes", "control", "costs", "race", "all",
    ]  # fmt: skip
    assert document["state"] == "complete"
    assert (document["examples"], document["sampled"], document["chance"]) == (60, 60, 0.5)
    by_label = {one["label"]: one for one in document["candidates"]}
    assert by_label.keys() == {"bert", "distilbert"} | {one for one in by_label if "random" in one}
    assert sum(one["control"] for one in document["candidates"]) == 1
    for one in document["candidates"]:
        assert 0 <= one["evidence"]["value"] <= 1
        assert one["cost"]["latency"] > 0
        assert one["control"] or one["raced"]["share"] == 1.0
    assert [one["name"] for one in document["not_tried"]] == ["nowhere"]
    assert document["compared_by"] == "race"
    best = next(one for one in document["candidates"] if one["rank"] == min(
        other["rank"] for other in document["candidates"] if other["rank"] is not None
    ))  # fmt: skip
    assert best["cost"]["measured"]
    assert best["cost"]["memory"] > 0
    assert document["chosen"] in {one["name"] for one in document["candidates"]}


def test_what_is_recommended_trains_as_it_is(first: tuple[Study, Documents], folder: Path) -> None:
    document = json.loads((folder / "study" / "recommend.json").read_text())
    assert document == json.loads(json.dumps(first[1][-1][1]))
    experiment = load_checked(Path(document["recommended"]))
    assert experiment.output is None
    assert experiment.model.backbone == document["chosen"]
    plain = replace(first[0].base, model=experiment.model)
    assert replace(experiment, places=plain.places) == plain


def test_a_second_call_opens_no_network(
    first: tuple[Study, Documents], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("a network is opened")

    monkeypatch.setattr("ftcli.studies.recommend.inspecting.prepare", opened)
    monkeypatch.setattr("ftcli.studies.trials.new_training", opened)
    monkeypatch.setattr("ftcli.studies.trials.resumed_training", opened)
    began = time.monotonic()
    again = [*recommend(study(folder))][-1][1]
    assert time.monotonic() - began < 5
    before = first[1][-1][1]
    assert {**again, "seconds": {}} == {**before, "seconds": {}}


def test_an_interruption_leaves_what_is_known(
    first: tuple[Study, Documents], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Interruption(2)

    monkeypatch.setattr("ftcli.runs.probing.features.whole_features", stop)
    with pytest.raises(Interruption):
        list(recommend(study(folder, "stopped")))
    document = json.loads((folder / "stopped" / "recommend.json").read_text())
    assert document["state"] == "interrupted"
    assert all(one["cost"] for one in document["candidates"])
    assert document["chosen"] is not None
    monkeypatch.undo()


def test_what_costs_less_than_to_measure_it_is_not_measured(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = facts(train=1.0, forward=1.0)
    monkeypatch.setattr("ftcli.studies.recommend.inspecting.facts", lambda session: short)
    *_, (_, document) = recommend(study(folder, "guessed", race=0, price=1.2))
    assert not any(one["cost"]["measured"] for one in document["candidates"])
    assert all(one["cost"]["train"] > 0 for one in document["candidates"])
    assert document["price"] == 1.2
    for one in document["candidates"]:
        assert one["money"] == pytest.approx(1.2 * one["cost"]["train"] / 3600)


def test_the_splits_are_those_of_a_training(folder: Path) -> None:
    """Evidence of examples that a training validates on would be of what decides between networks."""
    made = study(folder, "split", ("data.split_seed=7",))
    finding.find(made)
    assert made.splits is not None
    ids = [[one.id for one in map(split.__getitem__, range(len(split)))] for split in (
        made.splits.train, prepare(made.base).splits.train, prepare(study(folder, "split").base).splits.train
    )]  # fmt: skip
    assert ids[0] == ids[1] != ids[2]


def test_names_of_the_same_network_are_one_candidate(folder: Path) -> None:
    images = load_checked(
        folder / "texts.yaml", ["task=image-classification", "data=digits", "data.image_size=32"]
    )
    made = Study(images, folder / "sizes", Asked())
    plain = Candidate("torchvision/resnet18", "none")
    rows = made.add([plain, plain.resized(32), plain.resized(64), plain])
    assert [row.candidate for row in rows] == [plain, plain.resized(64)]
    assert made.add([plain.resized(32)]) == []


def test_a_folder_that_is_something_else_is_left_alone(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(RunError, match="not a study"):
        list(recommend(study(folder, "mine")))
    assert [one.name for one in (folder / "mine").iterdir()] == ["letter.txt"]


def test_a_time_that_is_too_short_is_a_sentence(first: tuple[Study, Documents], folder: Path) -> None:
    with pytest.raises(
        UserError, match=r"no network could be judged:\n  \w+.*: its features.*--time gives more"
    ):
        list(recommend(study(folder, "short", seconds=1e-6)))


def test_limits_leave_out_what_is_beyond_them(folder: Path) -> None:
    with pytest.raises(UserError, match=r"training takes at least 0.00 GiB, more than --memory"):
        list(recommend(study(folder, "small", memory=1.0)))
    with pytest.raises(UserError, match="ms for one example are more than --latency"):
        list(recommend(study(folder, "fast", latency=1e-9)))


def test_what_takes_more_memory_than_it_may_leaves_no_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Cost(memory=2.0**31, train=1.0)
    monkeypatch.setattr("ftcli.studies.recommend.costing.measured", lambda session: large)
    made = study(folder, "large", memory=2.0**30, models=[], race=0)
    with pytest.raises(UserError, match=r"no network to choose:\n.*2.00 GiB, more than --memory"):
        list(recommend(made))


def test_one_class_or_one_example_a_class_is_a_sentence(folder: Path) -> None:
    (folder / "few.csv").write_text("text,label\na good film,good\na bad film,bad\n")
    few = study(folder, "few", (f"data.train={folder}/few.csv", "data.val=0", "data.batch_size=2"), race=0)
    with pytest.raises(UserError, match="two classes"):
        list(recommend(few))


def test_features_that_are_no_numbers_are_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ftcli.runs.probing import features

    real = features.whole_features

    def broken(*arguments: Any, **options: Any) -> features.KeptFeatures:
        kept = real(*arguments, **options)
        values = kept.features.copy()
        values[0, 0] = float("nan")
        return replace(kept, features=values)

    monkeypatch.setattr(features, "whole_features", broken)
    with pytest.raises(UserError, match="not finite"):
        list(recommend(study(folder, "broken", models=[], race=0)))


def test_without_any_network_one_is_asked_for(folder: Path) -> None:
    nothing = study(folder, "nothing", ("model=torchvision/resnet50",), models=[])
    with pytest.raises(UserError, match=r"there is no network to choose:\n.*torchvision/resnet50") as raised:
        list(recommend(nothing))
    assert "--models names" in str(raised.value)


def test_what_learns_from_nothing_is_the_answer_where_there_is_no_other(folder: Path) -> None:
    alone = study(folder, "alone", (f"model={{backbone: {folder}/bert, weights: none}}",), models=[])
    document = [*recommend(alone)][-1][1]
    assert document["chosen"] == f"{folder}/bert@none"
    assert "learns from nothing" in document["why"]
    assert load_checked(Path(document["recommended"])).model.weights == "none"


def test_a_race_needs_validation(folder: Path) -> None:
    without = study(folder, "without", ("data.val=0",))
    document = [*recommend(without)][-1][1]
    assert any("no validation split" in note or "not raced" in note for note in document["notes"])
    assert document["compared_by"] == "features"


def test_the_sample_is_as_large_as_the_time_allows(first: tuple[Study, Documents], folder: Path) -> None:
    made = study(folder, "sized", seconds=1e9)
    finding.find(made)
    finding.measure(made)
    split: Any = made.opened.train
    assert len(looking._sample_that_fits(made, split, made.rows)) == 60
