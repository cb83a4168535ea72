"""A network of transformers for sounds, whose frames become one vector in a way that none of its own classes has."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class Config(PreTrainedConfig):
    """`network` is the configuration of the inner network, `layers` are those of the head: kinds and sizes.

    `masks` is whether the network takes a mask of padding, `input_name` what it calls its input, and `pooled` whether
    its own vector is taken; else the mean over frames that are no padding is.
    """

    model_type = "ftcli_sound"
    takes_lengths = True

    def __init__(
        self,
        network: dict[str, Any] | None = None,
        layers: Any = (),
        input_name: str = "input_values",
        masks: bool = False,
        pooled: bool = False,
        left_out: Any = (),
        scale: Any = None,
        **options: Any,
    ) -> None:
        self.network, self.layers, self.input_name = network or {}, layers, input_name
        self.masks, self.pooled, self.left_out, self.scale = masks, pooled, left_out, scale
        super().__init__(**options)


class Model(PreTrainedModel):
    """The inner network `net`, and `head`."""

    config_class = Config
    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.main_input_name = config.input_name
        inner = AutoConfig.for_model(**config.network)
        both = inner.is_encoder_decoder
        net = AutoModel.from_config(inner)
        self.net = net.get_encoder() if both else net
        for path in config.left_out:
            owner, _, name = path.rpartition(".")
            setattr(self.net.get_submodule(owner), name, None)
        self.head = nn.Sequential(*(getattr(nn, kind)(*sizes) for kind, *sizes in config.layers))
        self.post_init()

    def forward(
        self,
        input_values: Tensor | None = None,
        input_features: Tensor | None = None,
        attention_mask: Tensor | None = None,
        lengths: Tensor | None = None,
    ) -> SequenceClassifierOutput:
        """Sounds (B, T, ...) to logits (B, classes). `lengths` (B,), or a mask, say how many steps are sound."""
        values = input_features if input_values is None else input_values
        assert values is not None
        steps = values.shape[2] if self.config.network.get("model_type") == "whisper" else values.shape[1]
        if lengths is None and attention_mask is not None:
            # Whisper's feature extractor gives a mask of samples, unless it is asked for one of steps.
            lengths = -(attention_mask.sum(1) * -steps // attention_mask.shape[1])
        if lengths is None:
            lengths = torch.full((len(values),), steps, device=values.device)
        options = {}
        if self.config.masks:
            options["attention_mask"] = (
                torch.arange(steps, device=values.device) < lengths.unsqueeze(1)
            ).long()
        output = self.net(**{self.config.input_name: values}, **options)
        pooled = (
            output.pooler_output
            if self.config.pooled
            else self._mean(output.last_hidden_state, lengths, steps)
        )
        logits = self.head(pooled)
        if self.config.scale is not None:
            mean, std = self.config.scale
            logits = logits.double() * std + mean
        return SequenceClassifierOutput(logits=logits)

    def _mean(self, hidden: Tensor, lengths: Tensor, steps: int) -> Tensor:
        """The mean over the frames (B, T, width) that are no padding."""
        frames = hidden.shape[1]
        count = getattr(self.net, "_get_feat_extract_output_lengths", None)
        counts = count(lengths) if count else (lengths * frames / steps).ceil().long()
        kept = torch.arange(frames, device=hidden.device) < counts.clamp(1, frames).unsqueeze(1)
        weights = kept.to(hidden.dtype).unsqueeze(-1)
        return (hidden * weights).sum(1) / weights.sum(1)
