"""The type of the model decides how speech is recognised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Model
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from ftcli.models.speech.ctc import CTCNetwork, CTCProcessor
from ftcli.models.speech.whisper import SpeechToText, WhisperProcessor
from tests.tiny import speech as tiny


@pytest.mark.parametrize(
    ("name", "network", "processor"),
    [("whisper", SpeechToText, WhisperProcessor), ("hubert", CTCNetwork, CTCProcessor)],
)
def test_the_loader_is_that_of_the_model_type(
    name: str, network: type, processor: type, tmp_path: Path
) -> None:
    folder = tiny.ENCODERS[name](tmp_path / "published")
    request = Request(Model(folder), "audio", texts=lambda: ("low", "high"))
    first: Any = load_backbone("transcriber", request)
    save_backbone_files(first, tmp_path / "run")
    for backbone in (first, rebuild_backbone("x", tmp_path / "run")):
        assert isinstance(backbone.module, network)
        assert isinstance(backbone.preprocess, processor)
