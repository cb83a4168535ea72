"""Which weights become integers, and what is said of those that do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from ftcli.ship.graphs.quantising import quantise


def test_products_become_integers_and_convolutions_are_named(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    weights = [
        numpy_helper.from_array(random.normal(size=(4, 3, 1, 1)).astype(np.float32), "kernel"),
        numpy_helper.from_array(random.normal(size=(64, 8)).astype(np.float32), "matrix"),
    ]
    nodes = [
        helper.make_node("Conv", ["pixels", "kernel"], ["maps"]),
        helper.make_node("Flatten", ["maps"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["outputs"]),
    ]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", 3, 4, 4])
    outputs = helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["batch", 8])
    graph = helper.make_graph(nodes, "network", [pixels], [outputs], weights)
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), tmp_path / "model.onnx")
    name, notes = quantise(tmp_path)
    assert name == "model.int8.onnx"
    assert notes == ["model.int8.onnx: 1 convolution stays float32; only matrix products are int8"]
    given = {"pixels": random.normal(size=(2, 3, 4, 4)).astype(np.float32)}
    exact, rounded = (
        onnxruntime.InferenceSession(str(tmp_path / one)).run(None, given)[0] for one in ("model.onnx", name)
    )
    assert 0 < np.abs(exact - rounded).max() < 0.2 * np.abs(exact).max()
