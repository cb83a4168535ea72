"""A network of torchvision as transformers' functions call it."""

from __future__ import annotations

from typing import Any

import torchvision
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import ImageClassifierOutput


class Config(PreTrainedConfig):
    """`architecture` and `options` are those of `torchvision.models.get_model`, `changed` layers that are replaced."""

    model_type = "ftcli_torchvision"

    def __init__(
        self,
        architecture: str = "resnet18",
        options: dict[str, Any] | None = None,
        changed: dict[str, Any] | None = None,
        maps: bool = False,
        scale: Any = None,
        **others: Any,
    ) -> None:
        self.architecture, self.options, self.changed = architecture, options or {}, changed or {}
        self.maps, self.scale = maps, scale
        super().__init__(**others)


class Model(PreTrainedModel):
    """torchvision's network is `net`."""

    config_class = Config
    config: Config
    main_input_name = "pixel_values"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        classes = len(config.id2label)
        self.net = torchvision.models.get_model(config.architecture, num_classes=classes, **config.options)
        for path, layers in config.changed.items():
            made = [getattr(nn, kind)(*sizes) for kind, *sizes in layers]
            self.net.set_submodule(path, nn.Sequential(*made) if made else nn.Identity())
        self.post_init()

    def forward(self, pixel_values: Tensor) -> ImageClassifierOutput:
        """Pixels (B, 3, H, W) to logits (B, classes), or (B, classes, h, w) for masks."""
        if self.config.maps:
            features = self.net.backbone(pixel_values)
            return ImageClassifierOutput(logits=self.net.classifier(features.get("out", features)))
        logits = self.net(pixel_values)
        if self.config.scale is not None:
            mean, std = self.config.scale
            logits = logits.double() * std + mean
        return ImageClassifierOutput(logits=logits)
