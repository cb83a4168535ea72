"""One vector for each text, image or token, from a transformers network."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
)

from ftcli.models.backbones.layers import LayeredNetwork
from ftcli.models.pretrained.exported import is_wrapped
from ftcli.models.pretrained.hub import POOLING
from ftcli.models.pretrained.screening import CONFIG, read_settings


class TextNetwork(LayeredNetwork):
    """Token ids (B, T), their mask and, for pairs, segment ids to features (B, width).

    `pooling` is "mean" over the tokens, "cls", the first, or "last"; padding, left or right, is left out. With None
    the features are those of the tokens, (B, T, width), padding included. Every text has at least one token.
    """

    def __init__(self, net: nn.Module, config: Any, pooling: str | None) -> None:
        super().__init__()
        self.net = net
        self.config = config  # of the whole model, where `net` is its encoder
        self.pooling = pooling
        self.numbers_positions = is_decoder(config) and takes_positions(net)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> Tensor:
        options: dict[str, Any] = self.states_options()
        if token_type_ids is not None:
            options["token_type_ids"] = token_type_ids
        if self.numbers_positions:
            options["position_ids"] = token_positions(attention_mask)
        output = self.net(input_ids=input_ids, attention_mask=attention_mask, **options)
        hidden = self.states(output)
        return hidden if self.pooling is None else POOLINGS[self.pooling](hidden, attention_mask)


def takes_positions(net: nn.Module) -> bool:
    """Whether the network can be given `position_ids`."""
    return "position_ids" in arguments(net)


def token_positions(attention_mask: Tensor) -> Tensor:
    """`position_ids`, int64 (B, T), that do not count padding.

    GPT-2 numbers positions from the left, padding included, unless they are given.
    """
    return (attention_mask.cumsum(1) - 1).clamp(min=0)


def pool_mean(hidden: Tensor, mask: Tensor) -> Tensor:
    """The mean over tokens: (B, T, W), (B, T) to (B, W)."""
    weights = mask.to(hidden.dtype).unsqueeze(-1)
    return (hidden * weights).sum(1) / weights.sum(1)


def pool_first(hidden: Tensor, mask: Tensor) -> Tensor:
    """The first token that is not padding: (B, T, W), (B, T) to (B, W)."""
    # Of `len` a traced graph would keep the number.
    return hidden[torch.arange(hidden.shape[0], device=hidden.device), mask.argmax(1)]


def pool_last(hidden: Tensor, mask: Tensor) -> Tensor:
    """The last token that is not padding: (B, T, W), (B, T) to (B, W)."""
    positions = torch.arange(mask.shape[1], device=mask.device)
    return hidden[torch.arange(hidden.shape[0], device=hidden.device), (mask * positions).argmax(1)]


POOLINGS = {"mean": pool_mean, "cls": pool_first, "last": pool_last}


class ImageNetwork(nn.Module):
    """Pixels (B, 3, H, W) to features (B, width).

    The model's own pooled output where it has one, else its class token, else the mean over tokens or space.
    """

    def __init__(self, net: nn.Module, config: Any, size: int) -> None:
        super().__init__()
        self.net = net
        self.config = config
        # The position embeddings were made for another size.
        resized = getattr(config, "image_size", size) != size
        self.interpolate = resized and "interpolate_pos_encoding" in arguments(net)

    def forward(self, pixels: Tensor) -> Tensor:
        options = {"interpolate_pos_encoding": True} if self.interpolate else {}
        output = self.net(pixel_values=pixels, **options)
        pooled = getattr(output, "pooler_output", None)
        if pooled is not None:
            return cast(Tensor, pooled.flatten(1))  # (B, W), or (B, W, 1, 1)
        hidden: Tensor = output.last_hidden_state
        if hidden.ndim == 4:
            return hidden.mean((2, 3))
        return hidden[:, 0] if _has_class_token(self.net) else hidden.mean(1)


def choose_pooling(folder: Path, config: Any) -> str:
    """The pooling that a folder of sentence-transformers or an export states; "last" for decoders, "mean" for encoders.

    A decoder has seen the whole text at its last token, where XLNet's class token stands too. Encoders give better
    frozen features by the mean than by a class token that was trained for another task, and fine-tune as well: a
    logistic regression on those of all-MiniLM-L6-v2 (SST-2) has accuracy 0.788 by the mean, 0.753 by the class token.
    """
    if (own := folder / POOLING).is_file():
        modes = read_settings(own)
        for pooling, key in {"mean": "mean_tokens", "cls": "cls_token", "last": "lasttoken"}.items():
            if modes.get(f"pooling_mode_{key}") or modes.get("pooling_mode") == pooling:
                return pooling
    settings = read_settings(folder / CONFIG)
    if is_wrapped(settings) and settings.get("pooling") in POOLINGS:
        return str(settings["pooling"])
    return usual_pooling(config)


def usual_pooling(config: Any) -> str:
    """The pooling for this kind of model, where the folder states none."""
    return "last" if is_decoder(config) else "mean"


def is_decoder(config: Any) -> bool:
    """Whether the model was trained to continue texts only: such as GPT-2, Llama and XLNet."""
    kind = config.model_type
    if getattr(config, "is_encoder_decoder", False):
        return False
    return kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES


def _has_class_token(net: nn.Module) -> bool:
    return any(name.endswith(("cls_token", "class_embedding")) for name, _ in net.named_parameters())


def arguments(net: nn.Module) -> list[str]:
    """The names of what the forward pass takes."""
    return list(inspect.signature(net.forward).parameters)
