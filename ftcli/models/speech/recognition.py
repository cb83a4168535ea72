"""Networks for speech recognition: the type of the model decides whether they spell by CTC or write by token."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.models.backbones.audio import hearing
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import check_published, quiet, read_config
from ftcli.models.pretrained.preprocessing import save_tokenizer
from ftcli.models.request import Request
from ftcli.models.speech.ctc import Spelling, load_spelling, new_spelling, rebuild_spelling
from ftcli.models.speech.whisper import load_dictation, new_dictation, rebuild_dictation

WRITES = "whisper"  # the type that writes


class Transcribers:
    """The `Loader` of form "transcriber": Whisper, or an encoder with a CTC head."""

    def load(self, request: Request) -> Backbone:
        """See `Loader.load`."""
        model = request.model
        if model.config is not None:
            return new_dictation(request) if model.backbone == WRITES else new_spelling(request)
        check_published(request)
        folder = resolve(model.backbone, weights=model.weights is None)
        with quiet():
            config = hearing(read_config(folder))
            load = load_dictation if config.model_type == WRITES else load_spelling
            return load(folder, config, request)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `Loader.save`."""
        module: Any = backbone.module
        preprocess: Any = backbone.preprocess
        module.config.save_pretrained(folder)
        preprocess.audio.extractor.save_pretrained(folder)
        if isinstance(preprocess, Spelling):
            preprocess.characters.save(folder)
            return {}
        save_tokenizer(preprocess.tokenizer, folder)
        return {"prompt": list(preprocess.prompt)}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `Loader.rebuild`."""
        with quiet():
            config = hearing(read_config(folder))
            if config.model_type == WRITES:
                return rebuild_dictation(folder, config, saved["source"], saved["prompt"])
            return rebuild_spelling(folder, config, saved["source"])
