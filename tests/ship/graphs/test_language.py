"""Networks of texts as graphs: the script writes what the run writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.generation import Generation
from ftcli.contracts import Example
from ftcli.errors import ExportError
from ftcli.ship.graphs.onnx import OnnxExporter
from ftcli.ship.graphs.torch_export import TorchExporter
from ftcli.ship.parity.likeliest import likeliest
from tests.ship.graphs.exported import check_outputs, imported, likeliest_rows, predictor_of
from tests.tasks import cases

ROWS = [Example(str(n), {"text": text}, True) for n, text in enumerate(("good film", "bad", "very bad film"))]
PAIRS = [Example(one.id, one.inputs, "film") for one in ROWS]


def test_a_causal_network_as_onnx_with_padding_before_texts(tmp_path: Path) -> None:
    predictor = predictor_of("causal-language-modelling")
    notes = OnnxExporter().write(predictor, tmp_path)
    script = imported(tmp_path / "predict.py")
    check_outputs(predictor, script, ROWS)
    assert script.predict([dict(one.inputs) for one in ROWS]) == likeliest_rows(predictor, ROWS)
    asked = predictor.batch([predictor.task.unanswered(one) for one in ROWS])
    whole = script.network({name: value.numpy() for name, value in asked.inputs.items()})["outputs"]
    assert abs(whole - predictor.outputs(asked).detach().numpy()).max() < 1e-5  # also where there is padding
    assert any("anew" in note for note in notes)


@pytest.mark.parametrize("task", ["masked-language-modelling", "translation"])
def test_other_networks_of_texts(task: str, tmp_path: Path) -> None:
    predictor = predictor_of(task)
    TorchExporter().write(predictor, tmp_path)
    script = imported(tmp_path / "predict.py")
    rows = PAIRS if task == "translation" else ROWS
    check_outputs(predictor, script, rows)
    asked = [dict(predictor.task.unanswered(one).inputs) for one in rows]
    assert script.predict(asked) == likeliest_rows(predictor, rows)


def test_what_is_drawn_is_compared_by_the_likeliest_tokens() -> None:
    drawing = predictor_of(
        "causal-language-modelling", generation=Generation(temperature=0.8, max_new_tokens=4)
    )
    greedy = predictor_of("causal-language-modelling")
    assert likeliest(greedy) is greedy
    calm = TorchExporter().compared(drawing)
    assert likeliest_rows(calm, ROWS) == likeliest_rows(greedy, ROWS)
    assert calm.model is drawing.model


def test_beams_with_random_choices_have_no_script(tmp_path: Path) -> None:
    predictor = predictor_of("translation", generation=Generation(beams=2, temperature=0.5, max_new_tokens=4))
    with pytest.raises(ExportError, match=r"beam search with random choices \(generation.temperature\)"):
        TorchExporter().write(predictor, tmp_path)


def test_a_rule_of_transformers_that_the_script_does_not_have() -> None:
    predictor = predictor_of("translation", cases.writer())
    net: Any = predictor.model.backbone
    net.net.generation_config.encoder_no_repeat_ngram_size = 2
    with pytest.raises(ExportError, match="EncoderNoRepeatNGramLogitsProcessor of transformers"):
        TorchExporter().write(predictor, Path())
