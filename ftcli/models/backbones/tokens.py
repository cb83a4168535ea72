"""Backbones that give a vector for each token of a text: what tags of words are read from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.models.backbones.huggingface import load_huggingface, rebuild
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_backbone, new_parts


class Tokens:
    """The `Loader` of form "tokens"."""

    def load(self, request: Request) -> Backbone:
        """See `Loader.load`."""
        if request.torchvision is not None:
            problem = f"{request.model.backbone} takes images, and this task has {request.modality}s"
            raise request.places.error("model.backbone", problem)
        if request.model.config is None:
            return load_huggingface(request, form="tokens")
        config, tokenizer = new_parts(request)
        return new_backbone(config, tokenizer, pooling=None, max_length=request.max_length)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `Loader.save`."""
        module: Any = backbone.module
        module.config.save_pretrained(folder)
        return {}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `Loader.rebuild`."""
        return rebuild(folder, saved["source"], None, None, saved["max_length"])
