"""A network of transformers for texts, whose tokens become one vector in a way that none of its own classes has.

`pooling` is "mean" over the tokens, "cls" (the first), or "last"; without it each token has its own scores.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoModelForTextEncoding, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class Config(PreTrainedConfig):
    """`network` is the configuration of the inner network, `layers` are those of the head: kinds and sizes."""

    model_type = "ftcli_text"

    def __init__(
        self,
        network: dict[str, Any] | None = None,
        layers: Any = (),
        pooling: str | None = None,
        positions: bool = False,
        left_out: Any = (),
        scale: Any = None,
        **options: Any,
    ) -> None:
        self.network, self.layers, self.pooling = network, layers, pooling
        self.positions, self.left_out, self.scale = positions, left_out, scale
        super().__init__(**options)


class Model(PreTrainedModel):
    """The inner network `net`, and `head`."""

    config_class = Config
    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        inner = AutoConfig.for_model(**(config.network or {}))
        # An encoder changes the configuration in place.
        both = inner.is_encoder_decoder
        encodes = both and type(inner) in AutoModelForTextEncoding._model_mapping
        net = (AutoModelForTextEncoding if encodes else AutoModel).from_config(inner)
        self.net = net.get_encoder() if both else net
        for path in config.left_out:
            owner, _, name = path.rpartition(".")
            setattr(self.net.get_submodule(owner), name, None)
        self.head = nn.Sequential(*(getattr(nn, kind)(*sizes) for kind, *sizes in config.layers))
        self.post_init()

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> SequenceClassifierOutput:
        """Token ids (B, T) to logits (B, classes), or (B, T, classes) without `pooling`."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        options = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
        if self.config.positions:
            # Padding is not counted.
            options["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)
        hidden = self.net(input_ids=input_ids, attention_mask=mask, **options).last_hidden_state
        logits = self.head(self._pooled(hidden, mask))
        if self.config.scale is not None:
            mean, std = self.config.scale
            logits = logits.double() * std + mean
        return SequenceClassifierOutput(logits=logits)

    def _pooled(self, hidden: Tensor, mask: Tensor) -> Tensor:
        if self.config.pooling is None:
            return hidden
        if self.config.pooling == "mean":
            weights = mask.to(hidden.dtype).unsqueeze(-1)
            return (hidden * weights).sum(1) / weights.sum(1)
        # The first or the last token that is not padding.
        places = torch.arange(mask.shape[1], device=mask.device)
        chosen = (mask if self.config.pooling == "cls" else mask * places).argmax(1)
        return hidden[torch.arange(len(hidden), device=hidden.device), chosen]
