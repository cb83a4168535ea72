"""The Open Inference Protocol: tensors in, tensors out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ftcli.contracts import Prediction
from ftcli.ship.serving.open_inference import outputs_of
from tests.ship.serving.running import JSON, Running


def infer(server: Running, name: str, inputs: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The outputs by name."""
    got = server.ask(f"/v2/models/{name}/infer", json.dumps({"inputs": inputs, **more}).encode(), JSON)
    assert got.status == 200, got.body
    assert got.json["model_name"] == name
    assert got.json.get("id") == more.get("id")
    return {one["name"]: one for one in got.json["outputs"]}


def test_images_as_files_and_as_pixels(images: Running, photos: list[Path]) -> None:
    contents = [path.read_bytes() for path in photos[:2]]
    want = [one.rows()[0] for one in images.predictor.predict([{"image": one} for one in contents])]
    coded = [base64.b64encode(one).decode() for one in contents]
    pixels = np.stack([np.asarray(Image.open(path)) for path in photos[:2]])
    shape = list(pixels.shape)
    asked = [
        {"name": "image", "datatype": "BYTES", "shape": [2], "data": coded},
        {"name": "image", "datatype": "UINT8", "shape": shape, "data": pixels.tolist()},
        {"name": "image", "datatype": "UINT8", "shape": shape, "data": pixels.reshape(-1).tolist()},
        {"name": "image", "datatype": "FP32", "shape": shape, "data": (pixels / 255).tolist()},
    ]
    for one in asked:
        found = infer(images, "images", [one], id="7")
        assert found["label"] == {
            "name": "label", "datatype": "BYTES", "shape": [2], "data": [row["label"] for row in want],
        }  # fmt: skip
        assert found["example"]["data"] == [0, 1]
        for name in ("probability", "p(blue)"):
            assert found[name]["datatype"] == "FP64"
            assert found[name]["data"] == pytest.approx([row[name] for row in want], abs=1e-5)
    assert list(infer(images, "images", asked[:1], outputs=[{"name": "label"}])) == ["label"]


def test_texts(texts: Running) -> None:
    found = infer(
        texts, "texts", [{"name": "text", "datatype": "BYTES", "shape": [2, 1], "data": ["good", "bad"]}]
    )
    want = [one.rows()[0]["label"] for one in texts.predictor.predict([{"text": "good"}, {"text": "bad"}])]
    assert found["label"]["data"] == want


def test_what_the_model_takes_and_gives(images: Running) -> None:
    found = images.ask("/v2/models/images").json
    assert [(one["datatype"], one["shape"]) for one in found["inputs"]] == [
        ("BYTES", [-1]), ("UINT8", [-1, -1, -1, 3]), ("FP32", [-1, -1, -1, 3]),
    ]  # fmt: skip
    assert {one["name"] for one in found["outputs"]} > {"example", "label", "probability", "p(blue)"}


def test_rows_of_an_example_without_anything_are_left_out() -> None:
    class Boxes(Prediction):
        def rows(self) -> list[dict[str, Any]]:
            return [{"id": self.id, "label": None, "left": None}]

    found = {
        one["name"]: one
        for one in outputs_of([Boxes("1", None), Prediction("2", "a")], [(".mask.png", b"x")])
    }
    assert found["example"]["data"] == [1]
    assert found["label"]["data"] == ["a"]
    assert found["left"]["datatype"] == "FP64"
    assert found["mask"]["data"] == ["eA=="]
