"""Tags, masks and sounds, from a run to a folder that answers as the run does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ftcli as package
from ftcli.errors import ExportError
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.exporting import export
from ftcli.ship.graphs.graph import graph_of
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.tiny.masks import landscape_splits
from tests.tiny.segmenters import SEGMENTERS
from tests.tiny.tags import conll, tagged

TRAINING = "training: {epochs: 1, device: cpu, precision: fp32}\n"


def tags(folder: Path) -> str:
    for name, size in {"train.conll": 12, "dev.conll": 8}.items():
        conll(folder / "words" / name, tagged(size))
    tiny_models.bert(folder / "bert")
    return "task: token-classification\ndata: {source: words, max_length: 8}\nmodel: bert\n" + TRAINING


def masks(folder: Path) -> str:
    landscape_splits(folder / "streets", {"train": 4, "val": 4})
    SEGMENTERS["segformer"](folder / "segmenter")
    data = "data: {source: streets, class_names: [ground, sky], image_size: 32}\n"
    return "task: semantic-segmentation\n" + data + "model: segmenter\n" + TRAINING


def numbers(folder: Path) -> str:
    tiny_data.table(folder / "sizes.csv", tiny_data.quantities(12))
    tiny_models.gpt2(folder / "gpt2")
    data = "data: {train: sizes.csv, val: 0.5, max_length: 8}\n"
    return "task: text-regression\n" + data + "model: gpt2\n" + TRAINING


def trained(folder: Path, prepare: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch) -> Predictor:
    monkeypatch.chdir(folder)
    (folder / "x.yaml").write_text(prepare(folder))
    return Predictor.open(package.train("x.yaml", "output=run"))


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize(("prepare", "format_"), [(tags, "onnx"), (masks, "torch"), (numbers, "torch")])
def test_the_export_answers_as_the_run(
    prepare: Callable[[Path], str], format_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = trained(tmp_path, prepare, monkeypatch)
    (made,) = export(predictor, [format_], tmp_path / "out")
    assert made.parity.same_answers == made.parity.rows
    assert made.parity.rows >= 4
    assert any(note.startswith("predict.py needs") for note in made.notes)


def test_a_mask_has_the_size_of_its_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = trained(tmp_path, masks, monkeypatch)
    graph = graph_of(predictor)
    assert graph.needs == ("pillow",)
    assert graph.settings(tmp_path)["classes"] == ["ground", "sky"]
    example = {"image": np.zeros((20, 30, 3), dtype=np.uint8)}
    (prediction,) = predictor.predict([example])
    (row,) = prediction.values(package.Example("0", example))
    assert row["mask"].shape == (20, 30)


def test_a_form_without_a_graph_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = trained(tmp_path, numbers, monkeypatch)
    monkeypatch.setattr("ftcli.ship.graphs.graph.GRAPHS", {})
    with pytest.raises(ExportError, match="a network of the form 'vector' cannot be traced"):
        graph_of(predictor)
