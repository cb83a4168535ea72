"""The front matter as huggingface_hub reads it: nothing changes on the way, and nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from ftcli.card.card import card
from ftcli.card.facts import read_facts
from ftcli.card.front_matter import data
from tests.card.making import DIGEST, HUB, ORIGIN, SHA256, add_receipt, make_whole_run
from tests.report.making import YAML, make_run, outcomes


def read(run: Path) -> dict[str, Any]:
    return data(read_facts(run))


def test_all_that_is_known(tmp_path: Path) -> None:
    run = make_whole_run(tmp_path / "flowers")
    add_receipt(run)
    found = read(run)
    index = found.pop("model-index")
    assert found == {
        "language": ["en"],
        "license": "apache-2.0",
        "library_name": "ftcli",
        "pipeline_tag": "image-classification",
        "base_model": "google/vit",
        "base_model_relation": "finetune",
        "tags": ["ftcli", "image-classification", "transformers"],
        "metrics": ["accuracy", "f1"],
    }
    (result,) = index[0]["results"]
    assert index[0]["name"] == "flowers"
    assert result["dataset"] == {
        "name": "photos", "type": "photos", "split": "test",
        "args": {"examples": 80, "sha256": SHA256, "blake2b": DIGEST},
    }  # fmt: skip
    assert result["metrics"][0] == {
        "type": "accuracy", "value": 0.8625, "name": "accuracy",
        "args": {"low": 0.7704, "high": 0.9213, "interval": "Wilson, 95 %"},
    }  # fmt: skip


def test_huggingface_hub_reads_what_was_meant(tmp_path: Path) -> None:
    run = make_whole_run(tmp_path / "flowers", data=None)
    (tmp_path / "README.md").write_text(card(run), encoding="utf-8")
    loaded = ModelCard.load(tmp_path / "README.md")
    assert loaded.data.to_dict() == read(run)
    assert json.loads(json.dumps(loaded.data.to_dict())) == read(run)
    assert loaded.data.eval_results[0].metric_args["low"] == 0.7704
    assert "[More Information Needed]" not in loaded.content


@pytest.mark.parametrize(
    ("weights", "of_data", "wanted"),
    [
        ({"id": "mit"}, {"id": "mit"}, {"license": "mit"}),
        ({"id": "mit"}, {"id": "apache-2.0"}, {"license": "unknown"}),
        ({"id": "mit"}, {}, {"license": "unknown"}),
        ({}, {"id": "mit"}, {"license": "unknown"}),
        ({"id": "my-own"}, {"id": "my-own"}, {"license": "unknown"}),
        (
            {"id": "my-own", "link": "https://x.org/l"},
            {"id": "my-own", "link": "https://x.org/l"},
            {"license": "other", "license_name": "my-own", "license_link": "https://x.org/l"},
        ),
    ],
)
def test_a_licence_is_stated_only_where_weights_and_data_state_it(
    weights: dict[str, str], of_data: dict[str, str], wanted: dict[str, str], tmp_path: Path
) -> None:
    origin = {"version": 1, "weights": {"licence": weights}, "data": {"licence": of_data}}
    found = read(make_whole_run(tmp_path / "run", origin=origin))
    assert {key: value for key, value in found.items() if key.startswith("license")} == wanted


def test_without_weights_that_of_the_data_counts(tmp_path: Path) -> None:
    random = HUB.replace("google/vit", "google/vit\n  weights: none")
    origin = {"version": 1, "data": ORIGIN["data"]}
    found = read(make_whole_run(tmp_path / "run", experiment=random, origin=origin))
    assert found["license"] == "apache-2.0"
    assert "base_model" not in found


@pytest.mark.parametrize(
    "origin", [None, {"version": 2, "weights": {"hub": "a/b"}}, {"version": 1, "weights": 3}]
)
def test_what_is_not_known_is_left_out(origin: Any, tmp_path: Path) -> None:
    found = read(make_run(tmp_path / "run", origin=origin, experiment=YAML, outcomes=None, summary=None))
    assert found == {
        "license": "unknown", "library_name": "ftcli", "pipeline_tag": "image-classification",
        "tags": ["ftcli", "image-classification", "torchvision"],
    }  # fmt: skip


def test_languages_are_codes(tmp_path: Path) -> None:
    both = "{backbone: google/vit, source_language: en, target_language: deu_Latn}"
    found = read(make_run(tmp_path / "run", experiment=f"task: translation\nmodel: {both}\n"))
    assert found["language"] == ["en"]
    assert found["pipeline_tag"] == "translation"


@pytest.mark.parametrize(
    "mean", ["---", "a: b\n---\nc", "<!-- answer:use -->", "'\"\x1b\u202e", "&a *!!x", "=" * 500]
)
def test_names_do_not_leave_it(mean: str, tmp_path: Path) -> None:
    found = outcomes() | {"split": mean, "metric": mean, "figures": {mean: {"value": 0.5}}}
    text = f"task: {json.dumps(mean)}\ndata: {{source: {json.dumps(mean)}}}\n"
    origin = {"version": 1, "weights": {"hub": mean, "languages": [mean]}, "data": {"hub": mean}}
    run = make_run(tmp_path / "run", outcomes=found, experiment=text, origin=origin)
    (tmp_path / "README.md").write_text(card(run), encoding="utf-8")
    loaded = ModelCard.load(tmp_path / "README.md")
    assert loaded.data.to_dict() == read(run)
    assert set(loaded.data.to_dict()) <= {*read(make_whole_run(tmp_path / "other")), "datasets"}
    front = (tmp_path / "README.md").read_text().split("\n---\n")[0]
    assert yaml.safe_load(front) == read(run)
    assert "<!--" not in front
    assert not set(front) & set("\x1b\u202e")
