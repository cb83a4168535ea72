"""Writes networks that speak: SpeechT5, the voices of its speakers, and what makes sounds of its spectrograms."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from ftcli.models.pretrained.networks import quiet
from ftcli.models.pretrained.preprocessing import save_tokenizer
from ftcli.models.speech import griffin_lim
from ftcli.models.speech.vocoder import hifigan
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.files import SETTINGS, copy_scripts, write_json
from ftcli.ship.huggingface.language import save_network

PIPELINE = "text-to-audio"
VOICES, VOCODER = "voices.safetensors", "vocoder"


class SynthesizerWriter:
    """The `Writer` of the form "synthesizer"."""

    def pipeline(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.pipeline`."""
        model: Any = predictor.model
        processor: Any = predictor.trained.caching.backbone.preprocess
        named = predictor.experiment.model.vocoder
        with quiet():
            save_tokenizer(copy(processor.tokenizer), folder)
            processor.extractor.save_pretrained(folder)
            save_network(model.backbone.net, folder)
            if named is not None:
                network = hifigan(named)
                network.config._name_or_path = ""
                network.save_pretrained(folder / VOCODER)
        save_file({"voices": model.speakers.weight.detach().contiguous()}, folder / VOICES)
        settings = {
            "class": "AutoModelForTextToSpectrogram",
            "pipeline": PIPELINE,
            "most": processor.most_tokens,
            "speakers": list(predictor.target.classes),
            "vocoder": None if named is None else VOCODER,
        }
        write_json(folder / SETTINGS, settings)
        copy_scripts(folder, {"predict": "predict_speech", "load": "load_class"})
        if named is None:
            shutil.copyfile(griffin_lim.__file__, folder / "griffin_lim.py")
        return [_note(named)]

    def weights(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.weights`."""
        return self.pipeline(predictor, folder)


def _note(named: str | None) -> str:
    vocoder = "the network in vocoder/" if named is not None else "griffin_lim.py"
    return (
        f"pipeline({PIPELINE!r}) takes a row of {VOICES} as speaker_embeddings, and as vocoder {vocoder}, as in "
        "predict.py; without a vocoder it downloads one"
    )
