"""Networks of sounds as graphs: the script writes what the run writes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ftcli.config.generation import Generation
from ftcli.config.schema import Model
from ftcli.contracts import Backbone, Example
from ftcli.errors import ExportError
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.ship.graphs.torch_export import TorchExporter
from tests.ship.graphs.exported import check_outputs, imported, likeliest_rows, predictor_of
from tests.tasks import cases
from tests.tiny import speech
from tests.tiny.sounds import sound


def spoken(folder: Path) -> list[Example]:
    """Sounds of different lengths."""
    lengths = {"ant": 0.5, "bee": 0.2, "ant bee": 0.8}
    return [
        Example(text, {"audio": str(sound(folder / f"{n}.wav", seconds=length, seed=n))}, text)
        for n, (text, length) in enumerate(lengths.items())
    ]


def ctc(folder: Path) -> Backbone:
    torch.manual_seed(0)
    request = Request(Model(speech.wav2vec2(folder / "net")), "audio", texts=lambda: ["ant bee"])
    return load_backbone("transcriber", request)


@pytest.mark.parametrize("name", ["whisper", "ctc"])
def test_transcripts(name: str, tmp_path: Path) -> None:
    network = cases.writing() if name == "whisper" else ctc(tmp_path)
    generation = Generation(max_new_tokens=5) if name == "whisper" else Generation()
    predictor = predictor_of("speech-recognition", network, generation)
    TorchExporter().write(predictor, tmp_path)
    script = imported(tmp_path / "predict.py")
    rows = spoken(tmp_path)
    check_outputs(predictor, script, rows)
    assert script.predict([dict(one.inputs) for one in rows]) == likeliest_rows(predictor, rows)


def test_what_speaks_stays_in_pytorch(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="SpeechT5SpeechDecoderPrenet: the dropout of this network"):
        TorchExporter().write(predictor_of("speech-synthesis", generation=Generation()), tmp_path)
