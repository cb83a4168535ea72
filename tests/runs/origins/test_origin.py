"""Where weights and data come from, as a run notes it when it begins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data, Model
from ftcli.runs.origins.origin import _data, _weights
from ftcli.runs.train import train
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

FRONT = "---\nlicense: mit\nlanguage: en\n---\n"
STATED = {"licence": {"id": "mit", "stated_in": "README.md"}, "languages": ("en",)}


@pytest.mark.parametrize(
    ("model", "source", "found"),
    [
        (Model("torchvision/vit_b_16"), "torchvision/vit_b_16@IMAGENET1K_V1", {}),
        (Model("torchvision/vit_b_16"), "torchvision/vit_b_16@none", {}),
        (
            Model("torchvision/vit_b_16"),
            "torchvision/vit_b_16@IMAGENET1K_SWAG_E2E_V1",
            {
                "licence": {
                    "link": "https://github.com/facebookresearch/SWAG/blob/main/LICENSE",
                    "stated_in": "torchvision",
                }
            },
        ),
        (Model("torchvision/no-such"), "torchvision/no-such@x", {}),
        (Model("bert", weights="mine.safetensors"), "bert@mine.safetensors", {}),
        (Model("whisper"), "whisper@none", {}),
    ],
)
def test_weights_state_what_they_state(model: Model, source: str, found: dict[str, Any]) -> None:
    assert _weights(model, source) == found


def test_a_folder_and_an_id_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "README.md").write_text(FRONT)
    assert _weights(Model(str(tmp_path)), str(tmp_path)) == STATED
    snapshot = tmp_path / ("c0ffee" * 6 + "0000")
    snapshot.mkdir()
    (snapshot / "README.md").write_text(FRONT)
    monkeypatch.setattr("ftcli.models.pretrained.hub.resolve", lambda name, weights: snapshot)
    assert _weights(Model("a/b"), "a/b") == {"hub": "a/b", "revision": snapshot.name, **STATED}


def test_data_state_what_their_folder_states(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(FRONT)
    (tmp_path / "x.csv").touch()
    assert _data(Data(source=str(tmp_path))) == STATED
    # What lies around a file may be of anything.
    assert _data(Data(source=str(tmp_path / "x.csv"))) == {}
    assert _data(Data(train=str(tmp_path / "x.csv"))) == {}
    assert _data(Data(source="cifar10")) == {}
    assert _data(Data(source="org/reviews")) == {"hub": "org/reviews"}
    assert _data(Data(source="./gone")) == {}


def test_a_run_has_it_from_its_start(workplace: Path) -> None:
    (workplace / "reviews").mkdir()
    tiny_data.table(workplace / "reviews/train.csv", tiny_data.reviews(12))
    (workplace / "reviews/README.md").write_text("---\nlicense: cc-by-4.0\n---\n")
    tiny_models.bert(workplace / "bert")
    (workplace / "bert/README.md").write_text(FRONT)
    (workplace / "my.yaml").write_text(
        "task: text-classification\ndata: {source: reviews, text: text, label: label, val: 0.25, max_length: 16}\n"
        "model: bert\nfreeze: backbone\noutput: run\ntraining: {epochs: 1, device: cpu}\n"
    )
    run = train("my.yaml")
    assert json.loads((run / "origin.json").read_text()) == {
        "version": 1,
        "weights": {"licence": {"id": "mit", "stated_in": "README.md"}, "languages": ["en"]},
        "data": {"licence": {"id": "cc-by-4.0", "stated_in": "README.md"}},
    }
    shown = (run / "README.md").read_text()
    assert "license: unknown" in shown
    assert "| weights | `mit` (`README.md`) |\n| data | `cc-by-4.0` (`README.md`) |" in shown
