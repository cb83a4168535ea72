"""Backbones that give a vector for each example or for each token: a head is put on them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from ftcli.contracts import Backbone, ImagePreprocess, TextPreprocess
from ftcli.models.load import BackboneLoader
from ftcli.models.request import TORCHVISION, Request

Source = Literal["torchvision", "huggingface", "sounds"]


class VectorLoader:
    """The `BackboneLoader` of form "vector", (B, width): it chooses the loader of the model's source."""

    form: ClassVar[Literal["vector", "tokens"]] = "vector"

    def load(self, request: Request) -> Backbone:
        """See `BackboneLoader.load`."""
        model = request.model
        if model.pooling is not None and not request.takes.tokenised:
            problem = f"is for texts; {request.takes.plural} are pooled as their model does"
            raise request.places.error("model.pooling", problem)
        if request.torchvision is not None:
            if not request.takes.spatial:
                problem = f"{model.backbone} takes images, and this task has {request.takes.plural}"
                raise request.places.error("model.backbone", problem)
            return self._loader("torchvision").load(request)
        return self._loader("sounds" if request.takes.sampled else "huggingface").load(request)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        if backbone.source.startswith(TORCHVISION):
            return self._loader("torchvision").save(backbone, folder)
        known = isinstance(backbone.preprocess, ImagePreprocess | TextPreprocess)
        return self._loader("huggingface" if known else "sounds").save(backbone, folder)

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        source: Source = "sounds" if saved.get("hears") else "huggingface"
        if preprocess is not None and saved["source"].startswith(TORCHVISION):
            source = "torchvision"
        return self._loader(source).rebuild(folder, saved, preprocess)

    def _loader(self, source: Source) -> BackboneLoader:
        if source == "torchvision":
            from ftcli.models.backbones.torchvision import TorchvisionLoader

            return TorchvisionLoader()
        if source == "sounds":
            from ftcli.models.backbones.audio import AudioLoader

            return AudioLoader()
        from ftcli.models.backbones.huggingface import HuggingFaceLoader

        return HuggingFaceLoader(self.form)


class TokenLoader(VectorLoader):
    """The `BackboneLoader` of form "tokens", (B, T, width): the tags of words are predicted from it."""

    form = "tokens"
