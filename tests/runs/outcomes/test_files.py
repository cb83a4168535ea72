"""What a run writes of the examples that it scored at its end."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftcli.runs.files.run_files import OUTCOMES
from ftcli.runs.inference.predictor import Predictor
from ftcli.runs.outcomes.of_run import write_run_outcomes
from tests.running import Command
from tests.tiny import data as tiny_data

HEADER = ["row", "id", "true", "predicted", "probability", "true_probability", "score"]
PHOTOS = """
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: backbone
training: {epochs: 1, device: cpu, precision: fp32}
output: run
"""


def table(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def document(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "outcomes.json").read_text(encoding="utf-8"))
    return found


def content(run: Path) -> dict[str, bytes]:
    names = [name for name in OUTCOMES if (run / name).is_file()]
    return {name: (run / name).read_bytes() for name in names} | {
        f"errors/{one.name}": one.read_bytes() for one in (run / "errors").glob("*")
    }


@pytest.fixture
def photos(ftcli: Command, workplace: Path) -> Path:
    """A run on photographs, whose classes are a formula and a tag; twelve are for testing."""
    tiny_data.split_folders(workplace / "photos", {"train": 4, "val": 2, "test": 6}, ("=blue", "<b>red"))
    (workplace / "x.yaml").write_text(PHOTOS)
    ftcli.ok("train", workplace / "x.yaml")
    return workplace / "run"


def test_files_of_classes(photos: Path, ftcli: Command) -> None:
    rows, errors, found = table(photos / "predictions.csv"), table(photos / "errors.csv"), document(photos)
    assert rows[0] == errors[0] == HEADER
    assert [row[0] for row in rows[1:]] == [str(index) for index in range(12)]
    assert {row[2] for row in rows[1:]} == {"'=blue", "<b>red"}
    summary = json.loads((photos / "summary.json").read_text())
    right = sum(row[2] == row[3] for row in rows[1:])
    assert right / 12 == summary["test"]["accuracy"] == found["figures"]["accuracy"]["value"]
    assert {name: one["value"] for name, one in found["figures"].items()} == summary["test"]
    assert sum(float(row[6]) for row in rows[1:]) == right
    assert sorted(errors[1:]) == sorted(row for row in rows[1:] if row[6] != "1.0")
    assert [row[0] for row in errors[1:]] == [str(one["row"]) for one in found["errors"]]
    names, *counts = table(photos / "confusion.csv")
    assert names[0] == "true"
    assert [name.removeprefix("'") for name in names[1:]] == found["classes"]
    assert [[int(cell) for cell in row[1:]] for row in counts] == found["confusion"]["counts"]
    assert set(found["classes"]) == {"=blue", "<b>red"}
    assert (found["split"], found["examples"], found["metric"]) == ("test", 12, "accuracy")
    assert found["data"] == {"train": 8, "val": 4, "test": 12, "skipped": 0}
    for one in found["errors"]:
        assert (photos / one["picture"]).read_bytes().startswith(b"\xff\xd8")
        assert one["text"] is None
    assert len(found["errors"]) == 12 - right > 0


def test_predictions_are_those_of_predict(photos: Path, ftcli: Command, workplace: Path) -> None:
    rows = table(photos / "predictions.csv")[1:]
    images = sorted((workplace / "photos/test").glob("*/*.png"))
    ftcli.ok("predict", photos, *images, "--output", "out.csv")
    with open("out.csv", newline="") as file:
        made = list(csv.DictReader(file))
    assert [row["label"] for row in made] == [row[3].removeprefix("'") for row in rows]
    for one, row in zip(made, rows, strict=True):
        assert float(one["probability"]) == pytest.approx(float(row[4]), abs=2e-6)
        assert float(one[f"p({row[2].removeprefix(chr(39))})"]) == pytest.approx(float(row[5]), abs=2e-6)


def test_a_run_made_before_gets_the_same_files(photos: Path) -> None:
    before = content(photos)
    for name in OUTCOMES:
        path = photos / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    predictor = Predictor.open(photos)
    assert write_run_outcomes(predictor)
    assert content(photos) == before
    assert not predictor.trained.directory.lock.held


def test_a_run_that_is_resumed_at_its_end_gets_the_same_files(photos: Path, ftcli: Command) -> None:
    before = content(photos)
    (photos / "summary.json").unlink()
    (photos / "errors" / "999.jpg").write_bytes(b"of another time")
    ftcli.ok("train", "--resume", photos)
    assert content(photos) == before


def test_without_a_split_to_score_nothing_is_written(ftcli: Command, workplace: Path) -> None:
    tiny_data.split_folders(workplace / "photos", {"train": 4})
    (workplace / "x.yaml").write_text(PHOTOS.replace("{source: photos,", "{source: photos, val: none,"))
    ftcli.ok("train", workplace / "x.yaml")
    assert not [name for name in OUTCOMES if (workplace / "run" / name).exists()]


def test_texts_are_in_the_order_of_the_split_and_not_of_the_batches(
    ftcli: Command, workplace: Path, trained_on_texts: Callable[[], Path]
) -> None:
    """Texts of similar length are scored together."""
    run = trained_on_texts()
    rows = table(run / "predictions.csv")[1:]
    with (workplace / "reviews.csv").open(newline="") as file:
        wanted = list(csv.DictReader(file))
    assert [row[2] for row in rows] == [row["label"] for row in wanted]
    errors = document(run)["errors"]
    assert errors
    for one in errors:
        assert one["text"] == wanted[one["row"]]["text"][:500]
        assert one["picture"] is None


@pytest.fixture
def trained_on_texts(ftcli: Command, workplace: Path) -> Callable[[], Path]:
    def train() -> Path:
        lines = [f"{'word ' * (37 * index % 19)}{index}" for index in range(24)]
        labels = ["good" if 7 * index % 5 else "bad" for index in range(24)]
        with (workplace / "reviews.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([("text", "label"), *zip(lines, labels, strict=True)])
        (workplace / "t.yaml").write_text("""
task: text-classification
data: {train: reviews.csv, val: reviews.csv, text: text, label: label, batch_size: 4}
model: {backbone: bert, config: {hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 8},
        tokenizer: {kind: wordpiece, vocab_size: 60}}
training: {epochs: 1, device: cpu, precision: fp32}
output: texts
""")
        ftcli.ok("train", "t.yaml")
        return workplace / "texts"

    return train
