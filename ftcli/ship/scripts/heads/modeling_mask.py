"""A network of transformers for segmentation, with a head that its own class has not."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForSemanticSegmentation, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SemanticSegmenterOutput


class Config(PreTrainedConfig):
    """`network` is the inner network's configuration, `last` the path of its last layer, `layers` those of the head."""

    model_type = "ftcli_mask"

    def __init__(
        self, network: dict[str, Any] | None = None, last: str = "", layers: Any = (), **options: Any
    ) -> None:
        self.network, self.last, self.layers = network, last, layers
        super().__init__(**options)


class Model(PreTrainedModel):
    """The inner network `net` without its last layer, and `head`."""

    config_class = Config
    config: Config
    main_input_name = "pixel_values"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        inner = AutoConfig.for_model(**(config.network or {}))
        self.net = AutoModelForSemanticSegmentation.from_config(inner)
        self.net.set_submodule(config.last, nn.Identity())
        self.head = nn.Sequential(*(getattr(nn, kind)(*sizes) for kind, *sizes in config.layers))
        self.post_init()

    def forward(self, pixel_values: Tensor) -> SemanticSegmenterOutput:
        """Pixels (B, 3, H, W) to logits (B, classes, h, w)."""
        return SemanticSegmenterOutput(logits=self.head(self.net(pixel_values=pixel_values).logits))
