"""Backbones that hear: wav2vec 2.0, HuBERT, WavLM, AST, Whisper's encoder and their like, from an id or a folder."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModel

from ftcli.contracts import Backbone, Block
from ftcli.models.backbones.huggingface import drop, fixed_as_buffers
from ftcli.models.freezing.ladder import huggingface_ladder
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess, audio_preprocess, made_preprocess
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    load_network,
    quiet,
    read_config,
)
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_config

INPUTS = ("input_values", "input_features")
FRAMES = 50  # of Whisper's encoder in a second


class Hearing(nn.Module):
    """What networks that take sounds share: the mask of their input, and how many frames they make of it."""

    def __init__(self, net: nn.Module, config: Any, preprocess: AudioPreprocess) -> None:
        super().__init__()
        self.net = net
        self.config = config  # of the whole model, where `net` is its encoder
        self.name = preprocess.name
        self.masks = preprocess.masks

    def run(self, values: Tensor, lengths: Tensor) -> Any:
        """`values` are (B, T), (B, T, mels) or (B, mels, T), `lengths` how many steps of each are sound."""
        options = {}
        if self.masks:
            steps = torch.arange(values.shape[1], device=values.device)
            options["attention_mask"] = (steps < lengths.unsqueeze(1)).long()
        if self.config.model_type != "wavlm":
            return self.net(**{self.name: values}, **options)
        with warnings.catch_warnings():  # of two kinds of masks in one call, which PyTorch deprecates
            warnings.filterwarnings("ignore", message="Support for mismatched")
            return self.net(**{self.name: values}, **options)

    def counts(self, lengths: Tensor, steps: int, frames: int) -> Tensor:
        """Steps to frames that are no padding, int64 (B,); where the network does not say how, in proportion."""
        count: Any = getattr(self.net, "_get_feat_extract_output_lengths", None)
        counts: Tensor = count(lengths) if count is not None else (lengths * frames / steps).ceil().long()
        return counts.clamp(1, frames)


class AudioNetwork(Hearing):
    """Sounds to features (B, width): the model's own pooled output where it has one, else the mean over its frames.

    Frames of padding are left out of the mean.
    """

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        if (
            self.config.model_type == "audio-spectrogram-transformer"
        ):  # trained on padded windows, padding included
            pooled: Tensor = self.run(values, lengths).pooler_output
            return pooled
        hidden: Tensor = self.run(values, lengths).last_hidden_state
        counts = self.counts(lengths, values.shape[1], hidden.shape[1])
        mask = torch.arange(hidden.shape[1], device=hidden.device) < counts.unsqueeze(1)
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1)


def load_audio(request: Request) -> Backbone:
    """The backbone with the Hugging Face id or folder that the request names.

    With `max_seconds`, Whisper hears windows of only that length, see `shorten`.
    Raises `WeightsError` for what is missing or does not fit, `ConfigError` for a network that takes no sounds.
    """
    model = request.model
    check_published(request)
    folder = resolve(model.backbone, weights=model.weights is None)
    with quiet():
        config = hearing(read_config(folder))
        _check(config, request)
        net = load_network(config, KIND, folder, model.weights)
        if config.model_type == "whisper" and request.max_seconds is not None:
            shorten(net, config, request.max_seconds)
        preprocess = audio_preprocess(folder, config, required=model.weights != "none")
    return assemble(net, config, preprocess, named(request))


def new_audio(request: Request) -> Backbone:
    """The backbone that `model.config` describes, with random weights and a feature extractor that fits.

    Raises `ConfigError` for what does not exist or does not go together, and for a network that takes no sounds.
    """
    model = request.model
    if model.tokenizer is not None:
        raise request.places.error(
            "model.tokenizer", "is for texts, and this network takes sounds: leave it out"
        )
    config = hearing(new_config(model.backbone, model.config or {}, request.places))
    _check(config, request)
    with quiet():
        net = architecture(config, KIND)
        if config.model_type == "whisper" and request.max_seconds is not None:
            shorten(net, config, request.max_seconds)
        return assemble(net, config, made_preprocess(config), f"{config.model_type}@none")


def named(request: Request) -> str:
    """What a network is called: its id or folder, and where else its weights are from."""
    model = request.model
    return model.backbone if model.weights is None else f"{model.backbone}@{model.weights}"


def shorten(encoder: Any, config: Any, seconds: float) -> None:
    """Let Whisper's encoder hear windows of `seconds`, rounded up to a frame, in place; never longer than before.

    Short sounds then cost little. The first position embeddings, which are sinusoids of time, are kept.
    """
    positions = min(max(1, math.ceil(seconds * FRAMES)), int(config.max_source_positions))
    weight = encoder.embed_positions.weight[:positions].detach().clone()
    encoder.embed_positions = type(encoder.embed_positions)(*weight.shape).requires_grad_(False)
    encoder.embed_positions.weight.copy_(weight)
    for one in (config, encoder.config):
        one.max_source_positions = positions
    encoder.max_source_positions = positions


def rebuild_audio(folder: Path, source: str) -> Backbone:
    """The backbone that `save_audio` wrote to `folder`, with random weights."""
    with quiet():
        config = hearing(read_config(folder))
        net = architecture(config, KIND)
        return assemble(net, config, audio_preprocess(folder, config, required=True), source)


def save_audio(backbone: Backbone, folder: Path) -> None:
    """Write what rebuilds the architecture and the feature extractor."""
    module: Any = backbone.module
    preprocess: Any = backbone.preprocess
    module.config.save_pretrained(folder)
    preprocess.extractor.save_pretrained(folder)


def assemble(net: nn.Module, config: Any, preprocess: AudioPreprocess, source: str) -> Backbone:
    """A backbone from its parts."""
    fixed_as_buffers(net)  # the sinusoids of Whisper
    module = AudioNetwork(net, config, preprocess)
    return Backbone(module, preprocess, width_of(config), ladder_within(net), source, _family(config))


def ladder_within(net: nn.Module, *, without: str = "") -> tuple[Block, ...]:
    """The blocks of the child `net` of a network, but for the part of it that is called `without`."""
    rungs = (
        (block.name, [path for path in block.prefixes if path != without])
        for block in huggingface_ladder(net)
    )
    return tuple(Block(name, tuple(f"net.{path}" for path in paths)) for name, paths in rungs if paths)


def hearing(config: Any) -> Any:
    """The configuration, without masks of time and of channels (SpecAugment, Park et al. 2019).

    transformers draws them from NumPy's global state, which no seed of an experiment decides, and refuses short sounds.
    """
    if hasattr(config, "apply_spec_augment"):
        config.apply_spec_augment = False
    return config


def _usable(net: nn.Module, config: Any) -> nn.Module:
    """The encoder, without what only SpecAugment uses."""
    if getattr(config, "is_encoder_decoder", False):
        net = net.get_encoder()  # type: ignore[operator]
    for name in [name for name, _ in net.named_parameters() if name.endswith("masked_spec_embed")]:
        drop(net, name)
    return net.float()


KIND = Kind(AutoModel, _usable)


def _check(config: Any, request: Request) -> None:
    """Raise `ConfigError` for a model of something else than sounds."""
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
