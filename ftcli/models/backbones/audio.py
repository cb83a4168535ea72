"""Backbones that take audio: wav2vec 2.0, HuBERT, WavLM, AST, Whisper's encoder and others, from an id or a folder."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModel

from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.models.backbones.layers import LayeredNetwork
from ftcli.models.backbones.pooling import pool_mean
from ftcli.models.freezing.ladder import huggingface_ladder
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess, audio_preprocess, made_preprocess
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    drop_spec_augment,
    fixed_as_buffers,
    load_network,
    quiet,
    read_config,
    without_spec_augment,
)
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_config

INPUTS = ("input_values", "input_features")
FRAMES = 50  # of Whisper's encoder in a second


class SoundNetwork(LayeredNetwork):
    """Base of networks that take sounds: the mask of their input, and the number of their frames."""

    def __init__(self, net: nn.Module, config: Any, preprocess: AudioPreprocess) -> None:
        super().__init__()
        self.net = net
        self.config = config  # of the whole model, where `net` is its encoder
        self.name = preprocess.name
        self.masks = preprocess.masks

    def run(self, values: Tensor, lengths: Tensor) -> Any:
        """`values` are (B, T), (B, T, mels) or (B, mels, T), `lengths` how many steps of each are sound."""
        options: dict[str, Any] = self.states_options()
        if self.masks:
            steps = torch.arange(values.shape[1], device=values.device)
            options["attention_mask"] = (steps < lengths.unsqueeze(1)).long()
        if self.config.model_type != "wavlm":
            return self.net(**{self.name: values}, **options)
        with warnings.catch_warnings():  # of two kinds of masks in one call, which PyTorch deprecates
            warnings.filterwarnings("ignore", message="Support for mismatched")
            return self.net(**{self.name: values}, **options)

    def counts(self, lengths: Tensor, steps: int, frames: int) -> Tensor:
        """The frames of each sound without padding, int64 (B,), for `lengths` in steps.

        They are in proportion to the steps where the network has no formula of its own.
        """
        count: Any = getattr(self.net, "_get_feat_extract_output_lengths", None)
        counts: Tensor = count(lengths) if count is not None else (lengths * frames / steps).ceil().long()
        return counts.clamp(1, frames)


class AudioNetwork(SoundNetwork):
    """Sounds to features (B, width): the model's own pooled output where it has one, else the mean over its frames.

    Frames of padding are left out of the mean.
    """

    @property
    def layered(self) -> bool:
        """An audio spectrogram transformer was trained on padded windows, padding included, and pools them itself."""
        return bool(self.config.model_type != "audio-spectrogram-transformer")

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        if not self.layered:
            pooled: Tensor = self.run(values, lengths).pooler_output
            return pooled
        hidden = self.states(self.run(values, lengths))
        counts = self.counts(lengths, values.shape[1], hidden.shape[1])
        mask = torch.arange(hidden.shape[1], device=hidden.device) < counts.unsqueeze(1)
        return pool_mean(hidden, mask)


class AudioLoader:
    """The `BackboneLoader` of networks that take sounds."""

    def load(self, request: Request) -> Backbone:
        """The backbone with the Hugging Face id or folder that the request names, or a new one of `model.config`.

        With `max_seconds`, Whisper's window has only that length, see `shorten`. Raises `WeightsError` for what is
        missing or does not fit, and `ConfigError` for a network that does not take sounds.
        """
        model = request.model
        if model.config is not None:
            return self._new(request)
        check_published(request)
        folder = resolve(model.backbone, weights=model.weights is None)
        with quiet():
            config = without_spec_augment(read_config(folder))
            _check(config, request)
            net = load_network(config, KIND, folder, model.weights)
            _shorten_as_asked(net, config, request)
            preprocess = audio_preprocess(folder, config, required=model.weights != "none")
        return _assemble(net, config, preprocess, request.source)

    def _new(self, request: Request) -> Backbone:
        """The backbone that `model.config` describes, with random weights and a feature extractor that fits."""
        model = request.model
        if model.tokenizer is not None:
            raise request.places.error(
                "model.tokenizer", "is for texts, and this network takes sounds: leave it out"
            )
        config = without_spec_augment(new_config(model.backbone, model.config or {}, request.places))
        _check(config, request)
        with quiet():
            net = architecture(config, KIND)
            _shorten_as_asked(net, config, request)
            return _assemble(net, config, made_preprocess(config), f"{config.model_type}@none")

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        preprocess: Any = backbone.preprocess
        module.config.save_pretrained(folder)
        preprocess.extractor.save_pretrained(folder)
        return {"hears": True}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        with quiet():
            config = without_spec_augment(read_config(folder))
            net = architecture(config, KIND)
            inputs = audio_preprocess(folder, config, required=True)
            return _assemble(net, config, inputs, saved["source"])


def _shorten_as_asked(encoder: Any, config: Any, request: Request) -> None:
    if config.model_type == "whisper" and request.max_seconds is not None:
        shorten(encoder, config, request.max_seconds)


def shorten(encoder: Any, config: Any, seconds: float) -> None:
    """Shorten the window of Whisper's encoder to `seconds`, rounded up to a frame, in place. It never gets longer.

    Short sounds then take less time. The first position embeddings, which are sinusoids of time, are kept.
    """
    positions = min(max(1, math.ceil(seconds * FRAMES)), int(config.max_source_positions))
    weight = encoder.embed_positions.weight[:positions].detach().clone()
    encoder.embed_positions = type(encoder.embed_positions)(*weight.shape).requires_grad_(False)
    encoder.embed_positions.weight.copy_(weight)
    for one in (config, encoder.config):
        one.max_source_positions = positions
    encoder.max_source_positions = positions


def _assemble(net: nn.Module, config: Any, preprocess: AudioPreprocess, source: str) -> Backbone:
    """A backbone from its parts."""
    fixed_as_buffers(net)  # the sinusoids of Whisper
    module = AudioNetwork(net, config, preprocess)
    return Backbone(module, preprocess, width_of(config), ladder_within(net), source, _family(config))


def ladder_within(net: nn.Module, *, without: str = "") -> tuple[Block, ...]:
    """The blocks of the child `net` of a network, except the part `without`."""
    kept = (
        Block(block.name, tuple(path for path in block.prefixes if path != without))
        for block in huggingface_ladder(net)
    )
    return tuple(block.under("net") for block in kept if block.prefixes)


def _usable(net: nn.Module, config: Any) -> nn.Module:
    """The encoder, without what only SpecAugment uses."""
    if getattr(config, "is_encoder_decoder", False):
        net = net.get_encoder()  # type: ignore[operator]
    drop_spec_augment(net)
    return net.float()


KIND = Kind(AutoModel, _usable)


def _check(config: Any, request: Request) -> None:
    """Raise `ConfigError` for a model that does not take sounds."""
    name = request.model.backbone
    takes = getattr(KIND.model_class(config), "main_input_name", "") if KIND.knows(config) else ""
    if takes not in INPUTS:
        problem = f"{name}, of type {config.model_type!r}, takes {takes or 'other inputs'!r}, and this task has sounds"
        raise request.places.error("model.backbone", problem)


def width_of(config: Any) -> int:
    """The width of an encoder's last states."""
    adapted = getattr(config, "add_adapter", False)
    width = getattr(config, "output_hidden_size", None) if adapted else None
    return int(width or config.hidden_size)


def _family(config: Any) -> str:
    """The row in the table of defaults."""
    return "vit" if config.model_type == "audio-spectrogram-transformer" else "wav2vec2"
