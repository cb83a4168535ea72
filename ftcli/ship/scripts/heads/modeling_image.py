"""A network of transformers for images, with a head or an image size that none of its own classes has."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import ImageClassifierOutput


class Config(PreTrainedConfig):
    """`network` is the configuration of the inner network, `layers` are those of the head: kinds and sizes."""

    model_type = "ftcli_image"

    def __init__(
        self,
        network: dict[str, Any] | None = None,
        layers: Any = (),
        interpolate: bool = False,
        left_out: Any = (),
        scale: Any = None,
        **options: Any,
    ) -> None:
        self.network, self.layers, self.interpolate = network, layers, interpolate
        self.left_out, self.scale = left_out, scale
        super().__init__(**options)


class Model(PreTrainedModel):
    """The inner network `net`, and `head`."""

    config_class = Config
    config: Config
    main_input_name = "pixel_values"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.net = AutoModel.from_config(AutoConfig.for_model(**(config.network or {})))
        for path in config.left_out:
            owner, _, name = path.rpartition(".")
            setattr(self.net.get_submodule(owner), name, None)
        self.head = nn.Sequential(*(getattr(nn, kind)(*sizes) for kind, *sizes in config.layers))
        self.post_init()

    def forward(self, pixel_values: Tensor) -> ImageClassifierOutput:
        """Pixels (B, 3, H, W) to logits (B, classes)."""
        options = {"interpolate_pos_encoding": True} if self.config.interpolate else {}
        logits = self.head(self._pooled(self.net(pixel_values=pixel_values, **options)))
        if self.config.scale is not None:
            mean, std = self.config.scale
            logits = logits.double() * std + mean
        return ImageClassifierOutput(logits=logits)

    def _pooled(self, output: Any) -> Tensor:
        """The network's own vector, else its class token, else the mean over tokens or space."""
        pooled: Tensor | None = getattr(output, "pooler_output", None)
        if pooled is not None:
            return pooled.flatten(1)
        hidden: Tensor = output.last_hidden_state
        if hidden.ndim == 4:
            return hidden.mean((2, 3))
        names = (name for name, _ in self.net.named_parameters())
        has_class_token = any(name.endswith(("cls_token", "class_embedding")) for name in names)
        return hidden[:, 0] if has_class_token else hidden.mean(1)
