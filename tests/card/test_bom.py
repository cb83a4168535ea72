"""The bill of materials: valid by the schema of CycloneDX, the same again, and of what is known."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from ftcli.card.answers import UNANSWERED
from ftcli.card.bom import bom
from ftcli.card.card import card
from tests.card.making import DIGEST, SHA256, add_receipt, make_whole_run
from tests.card.test_card import ATTACK
from tests.report.making import CLASSES, findings, make_run, outcomes, summary


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    """The schema of 1.7 that cyclonedx-python-lib has, read without importing it."""
    package = find_spec("cyclonedx")
    if package is None or package.origin is None:
        pytest.skip("cyclonedx-python-lib, which has the schema, is not installed")
    folder = Path(package.origin).parent / "schema/_res"
    read = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.schema.json")}
    names = (
        "spdx.SNAPSHOT.schema.json",
        "jsf-0.82.SNAPSHOT.schema.json",
        "cryptography-defs.SNAPSHOT.schema.json",
    )
    named = [(f"http://cyclonedx.org/schema/{name}", Resource.from_contents(read[name])) for name in names]
    registry: Registry[Any] = Registry().with_resources(named)
    return Draft7Validator(
        read["bom-1.7.SNAPSHOT.schema.json"],
        registry=registry,
        format_checker=Draft7Validator.FORMAT_CHECKER,
    )


def problems(schema: Draft7Validator, text: str) -> list[str]:
    return [f"{one.json_path}: {one.message[:200]}" for one in schema.iter_errors(json.loads(text))]


def by_ref(document: Any) -> dict[str, Any]:
    return {one["bom-ref"]: one for one in document["components"]}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    run = make_whole_run(tmp_path / "flowers")
    add_receipt(run)
    return run


def test_it_is_valid(run: Path, schema: Draft7Validator) -> None:
    assert problems(schema, bom(run)) == []
    wrong = json.loads(bom(run))
    wrong["metadata"]["component"]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0]["value"] = (
        0.5
    )
    assert problems(schema, json.dumps(wrong)) != []


def test_it_is_valid_of_a_run_with_little_or_with_anything(tmp_path: Path, schema: Draft7Validator) -> None:
    little: dict[str, Any] = {
        "outcomes": None,
        "summary": None,
        "environment": None,
        "data": None,
        "findings": None,
    }
    assert problems(schema, bom(make_run(tmp_path / "little", **little))) == []
    mean = [ATTACK, *CLASSES[1:]]
    anything = make_whole_run(
        tmp_path / "<b>",
        mean,
        outcomes=outcomes(mean) | {"split": ATTACK, "data": {ATTACK: 3}},
        environment={"ftcli": ATTACK, "packages": {ATTACK: ATTACK}},
        data={ATTACK: {"examples": 3, "digest": ATTACK}},
        origin={"version": 1, "weights": {"hub": ATTACK, "revision": ATTACK, "licence": {"link": ATTACK}}},
        summary=summary() | {"ended": ATTACK},
    )
    text = bom(anything)
    assert problems(schema, text) == []
    assert not set(text) & set("\x1b\u202e")


def test_it_is_the_same_again_and_another_of_another_run(run: Path, tmp_path: Path) -> None:
    text = bom(run)
    assert bom(run) == text
    shutil.copytree(run, tmp_path / "moved/flowers")
    assert bom(tmp_path / "moved/flowers") == text
    assert str(tmp_path) not in text
    document = json.loads(text)
    assert document["metadata"]["timestamp"] == "2026-08-01T12:00:00+00:00"
    other = json.loads(bom(make_whole_run(tmp_path / "other")))
    assert other["serialNumber"] != document["serialNumber"]


def test_the_figures_of_the_model(run: Path) -> None:
    model = json.loads(bom(run))["metadata"]["component"]
    assert model["type"] == "machine-learning-model"
    assert [one["name"] for one in model["components"]] == ["model.safetensors", "state.json"]
    parameters = model["modelCard"]["modelParameters"]
    assert parameters["modelArchitecture"] == "ViTModel"
    assert parameters["inputs"] == [{"format": "image"}]
    assert [one["ref"] for one in parameters["datasets"]] == ["data/train", "data/val", "data/test"]
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics[0] == {
        "type": "accuracy", "value": "0.8625", "slice": "test",
        "confidenceInterval": {"lowerBound": "0.7704", "upperBound": "0.9213"},
    }  # fmt: skip
    assert {"type": "recall", "value": "0.8125", "slice": "test, class daisy"} in metrics


def test_what_it_was_made_of(run: Path) -> None:
    document = json.loads(bom(run))
    parts = by_ref(document)
    weights = parts["weights"]
    assert weights["name"] == "google/vit"
    assert weights["purl"] == "pkg:huggingface/google/vit@c0ffeec0ffeec0ffeec0ffeec0ffeec0ffee0000"
    assert weights["licenses"] == [{"license": {"name": "apache-2.0"}}]
    assert weights["components"][0]["hashes"] == [{"alg": "SHA-256", "content": SHA256}]
    data = parts["data/val"]
    assert data["type"] == "data"
    assert "hashes" not in data
    assert data["properties"] == [
        {"name": "ftcli:examples", "value": "80"},
        {"name": "ftcli:blake2b-128-of-names-labels-and-sizes", "value": DIGEST},
        {"name": "ftcli:sha256-of-the-list-of-files", "value": SHA256},
    ]
    # The version of the training, also where another one is installed.
    assert "pkg:pypi/numpy@2.4.6" in parts
    assert "pkg:pypi/ftcli@0.1.0" in parts
    assert document["dependencies"] == [{"ref": "model", "dependsOn": list(parts)}]


def test_only_what_is_known_is_considered(run: Path, tmp_path: Path) -> None:
    (run / "README.md").write_text(card(run).replace(UNANSWERED, "Gardens.", 1))
    considered = json.loads(bom(run))["metadata"]["component"]["modelCard"]["considerations"]
    warning = findings()["findings"][1]["message"]
    assert considered["useCases"] == ["Gardens."]
    assert considered["technicalLimitations"][-1] == warning
    assert considered["technicalLimitations"][0] == "weak at the class roses"
    assert "ethicalConsiderations" not in considered


def test_random_weights_are_no_part_of_it(tmp_path: Path) -> None:
    ended = summary() | {"backbone": "torchvision/mobilenet_v2@none"}
    assert "weights" not in by_ref(json.loads(bom(make_run(tmp_path / "run", summary=ended))))
