"""Networks for speech recognition: the type of the model decides between CTC and a decoder that writes tokens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.models.load import BackboneLoader
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import check_published, quiet, read_config
from ftcli.models.request import Request
from ftcli.models.speech.ctc import CTCLoader
from ftcli.models.speech.whisper import TYPE, WhisperLoader


class TranscriberLoader:
    """The `BackboneLoader` of form "transcriber": Whisper, or an encoder with a CTC head."""

    def load(self, request: Request) -> Backbone:
        """See `BackboneLoader.load`."""
        model = request.model
        if model.config is not None:
            return _loader(model.backbone).load(request)
        check_published(request)
        folder = resolve(model.backbone, weights=model.weights is None)
        return _loader(_model_type(folder)).load(request)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        return _loader(module.config.model_type).save(backbone, folder)

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        return _loader(_model_type(folder)).rebuild(folder, saved, preprocess)


def _model_type(folder: Path) -> str:
    with quiet():
        return str(read_config(folder).model_type)


def _loader(model_type: str) -> BackboneLoader:
    return WhisperLoader() if model_type == TYPE else CTCLoader()
