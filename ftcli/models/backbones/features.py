"""Backbones that give one vector for each example: what a classifier is put on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.contracts import Backbone, ImagePreprocess, TextPreprocess
from ftcli.models.request import TORCHVISION, Request


class Vectors:
    """The `Loader` of form "vector"."""

    def load(self, request: Request) -> Backbone:
        """See `Loader.load`."""
        model, name = request.model, request.torchvision
        if model.pooling is not None and not request.takes.tokenised:
            raise request.places.error(
                "model.pooling", f"is for texts; {request.takes.plural} are pooled as their model does"
            )
        if name is None and model.config is not None and request.takes.tokenised:
            from ftcli.models.backbones.pooling import usual_pooling
            from ftcli.models.scratch.from_config import new_backbone, new_parts

            config, tokenizer = new_parts(request)
            pooling = model.pooling or usual_pooling(config)
            return new_backbone(config, tokenizer, pooling=pooling, max_length=request.max_length)
        if name is None and request.takes.sampled:
            from ftcli.models.backbones.audio import load_audio, new_audio

            return load_audio(request) if model.config is None else new_audio(request)
        if name is None:
            from ftcli.models.backbones.huggingface import load_huggingface

            return load_huggingface(request)
        if not request.takes.spatial:
            problem = f"{model.backbone} takes images, and this task has {request.takes.plural}"
            raise request.places.error("model.backbone", problem)
        from ftcli.models.backbones.torchvision import load_torchvision

        return load_torchvision(name, model.weights, request.image_size, request.places)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `Loader.save`."""
        module: Any = backbone.module
        if backbone.source.startswith(TORCHVISION):
            return {"name": module.name, "auxiliary": bool(backbone.auxiliary)}
        if isinstance(backbone.preprocess, ImagePreprocess | TextPreprocess):
            module.config.save_pretrained(folder)
            return {"pooling": getattr(module, "pooling", None)}
        from ftcli.models.backbones.audio import save_audio

        save_audio(backbone, folder)
        return {"hears": True}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `Loader.rebuild`."""
        source = saved["source"]
        if preprocess is not None and source.startswith(TORCHVISION):
            from ftcli.models.backbones.torchvision import build

            return build(saved["name"], preprocess, source, saved["auxiliary"])
        if saved.get("hears"):
            from ftcli.models.backbones.audio import rebuild_audio

            return rebuild_audio(folder, source)
        from ftcli.models.backbones.huggingface import rebuild

        return rebuild(folder, source, preprocess, saved["pooling"], saved.get("max_length"))
