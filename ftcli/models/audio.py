"""Backbones that hear: wav2vec 2.0, HuBERT, WavLM, AST, Whisper's encoder and their like, from an id or a folder."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModel

from ftcli.contracts import Backbone, Block
from ftcli.errors import ModelError
from ftcli.models.audio_preprocess import AudioPreprocess, audio_preprocess
from ftcli.models.hub import resolve
from ftcli.models.huggingface import drop
from ftcli.models.ladder import huggingface_ladder
from ftcli.models.pretrained import Kind, architecture, check_published, load_network, quiet, read_config
from ftcli.models.request import Request

INPUTS = ("input_values", "input_features")


class AudioFrames(nn.Module):
    """Sounds to hidden states (B, T, width) and how many of each are no padding, int64 (B,)."""

    def __init__(self, net: nn.Module, config: Any, preprocess: AudioPreprocess) -> None:
        super().__init__()
        self.net = net
        self.config = config  # of the whole model, where `net` is its encoder
        self.name = preprocess.name
        self.masks = preprocess.masks

    def forward(self, values: Tensor, lengths: Tensor) -> Any:
        return self.frames(values, lengths)

    def frames(self, values: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """`values` are (B, T), (B, T, mels) or (B, mels, T), `lengths` how many steps of each are sound."""
        hidden: Tensor = self._run(values, lengths).last_hidden_state
        return hidden, self._counts(lengths, values.shape[1], hidden.shape[1])

    def _run(self, values: Tensor, lengths: Tensor) -> Any:
        options = {}
        if self.masks:
            steps = torch.arange(values.shape[1], device=values.device)
            options["attention_mask"] = (steps < lengths.unsqueeze(1)).long()
        if self.config.model_type != "wavlm":
            return self.net(**{self.name: values}, **options)
        with warnings.catch_warnings():  # of two kinds of masks in one call, which PyTorch deprecates
            warnings.filterwarnings("ignore", message="Support for mismatched")
            return self.net(**{self.name: values}, **options)

    def _counts(self, lengths: Tensor, steps: int, frames: int) -> Tensor:
        """Steps to frames; where the network does not say how, in proportion."""
        count: Any = getattr(self.net, "_get_feat_extract_output_lengths", None)
        counts: Tensor = count(lengths) if count is not None else (lengths * frames / steps).ceil().long()
        return counts.clamp(1, frames)


class AudioNetwork(AudioFrames):
    """Sounds to features (B, width): the model's own pooled output where it has one, else the mean over its frames.

    Frames of padding are left out of the mean.
    """

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        if (
            self.config.model_type == "audio-spectrogram-transformer"
        ):  # trained on padded windows, padding included
            pooled: Tensor = self._run(values, lengths).pooler_output
            return pooled
        hidden, counts = self.frames(values, lengths)
        mask = torch.arange(hidden.shape[1], device=hidden.device) < counts.unsqueeze(1)
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1)


def load_audio(request: Request, *, frames: bool = False) -> Backbone:
    """The backbone with the Hugging Face id or folder that the request names; with `frames` one of form "tokens".

    Raises `WeightsError` for what is missing or does not fit, `ConfigError` for a network that takes no sounds.
    """
    model = request.model
    check_published(request)
    folder = resolve(model.backbone, weights=model.weights is None)
    with quiet():
        config = hearing(read_config(folder))
        _check(config, request)
        net = load_network(config, KIND, folder, model.weights)
        preprocess = audio_preprocess(folder, config, required=model.weights != "none")
    source = model.backbone if model.weights is None else f"{model.backbone}@{model.weights}"
    return assemble(net, config, preprocess, source, frames=frames)


def rebuild_audio(folder: Path, source: str, *, frames: bool = False) -> Backbone:
    """The backbone that `save_audio` wrote to `folder`, with random weights."""
    with quiet():
        config = hearing(read_config(folder))
        net = architecture(config, KIND)
        return assemble(net, config, audio_preprocess(folder, config, required=True), source, frames=frames)


def save_audio(backbone: Backbone, folder: Path) -> None:
    """Write what rebuilds the architecture and the feature extractor."""
    module: Any = backbone.module
    preprocess: Any = backbone.preprocess
    module.config.save_pretrained(folder)
    preprocess.extractor.save_pretrained(folder)


def assemble(
    net: nn.Module, config: Any, preprocess: AudioPreprocess, source: str, *, frames: bool
) -> Backbone:
    """A backbone from its parts."""
    module = (AudioFrames if frames else AudioNetwork)(net, config, preprocess)
    blocks = tuple(
        Block(block.name, tuple(f"net.{prefix}" for prefix in block.prefixes))
        for block in huggingface_ladder(net)
    )
    given: Any = preprocess
    return Backbone(module, given, _width(config), blocks, source, _family(config))


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
        raise request.mistake("model.backbone", problem)


def _width(config: Any) -> int:
    adapted = getattr(config, "add_adapter", False)
    width = getattr(config, "output_hidden_size", None) if adapted else None
    return int(width or config.hidden_size)


def _family(config: Any) -> str:
    """The row in the table of defaults."""
    return {"audio-spectrogram-transformer": "vit", "whisper": "whisper"}.get(config.model_type, "wav2vec2")


def needs_frames(backbone: Backbone) -> None:
    """Raise `ModelError` for a network whose states are not in the order of time, which CTC needs."""
    module: Any = backbone.module
    if module.config.model_type == "audio-spectrogram-transformer":
        raise ModelError(
            f"{backbone.source}: its states are patches, not moments in time: CTC cannot read them"
        )
