"""Speech recognition by an encoder of sounds with a CTC head over characters (Graves et al. 2006)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCTC

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.errors import RunError, WeightsError
from ftcli.models.backbones.audio import SoundNetwork, ladder_within, width_of
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess, audio_preprocess, made_preprocess
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    drop_spec_augment,
    load_network,
    quiet,
    read_config,
    without_spec_augment,
)
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_config
from ftcli.models.speech.characters import Characters, named, read_characters

HEAD = "lm_head"  # as transformers calls it
FRAME = 320  # samples of a frame of those that take spectrograms


@dataclass(frozen=True, slots=True)
class CTCProcessor:
    """What a network with a CTC head takes and gives: sounds, and characters. `frame` is in seconds."""

    audio: AudioPreprocess
    characters: Characters
    frame: float

    @property
    def longest(self) -> float | None:
        """The seconds after which a sound is cut, or None."""
        return self.audio.longest


class CTCNetwork(SoundNetwork):
    """Sounds to logits (B, T, classes) and how many frames of each count, int64 (B,)."""

    def forward(self, values: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        logits: Tensor = self.run(values, lengths).logits
        return logits, self.counts(lengths, values.shape[1], logits.shape[1])


class CTCLoader:
    """The `BackboneLoader` of encoders with a CTC head."""

    def load(self, request: Request) -> Backbone:
        """An encoder with its own head, which gets rows for characters of the training texts that it lacks.

        Where there is no head that knows one of them, it is new. Raises `WeightsError` for what is missing or does not
        fit, `ConfigError` for another kind of network.
        """
        model = request.model
        if model.config is not None:
            return self._new(request)
        check_published(request)
        folder = resolve(model.backbone, weights=model.weights is None)
        with quiet():
            config = without_spec_augment(read_config(folder))
            _check(config, request)
            texts = list(request.texts())
            own = read_characters(folder) if model.weights != "none" else None
            found = None if own is None else _with_own_head(own, texts, config, folder, model.weights)
            net, characters, note = found or _with_new_head(own, texts, config, folder, model.weights)
            audio = audio_preprocess(folder, config, required=model.weights != "none")
            return _assemble(net, config, _processor(config, audio, characters), request.source, note)

    def _new(self, request: Request) -> Backbone:
        """An encoder that `model.config` describes, with random weights and a head for the training texts."""
        model = request.model
        if model.tokenizer is not None:
            problem = (
                f"is not for {model.backbone}, whose classes are the characters of the transcripts (CTC)"
            )
            raise request.places.error("model.tokenizer", problem)
        config = without_spec_augment(new_config(model.backbone, model.config or {}, request.places))
        _check(config, request)
        characters = Characters.of(request.texts())
        config.vocab_size = len(characters)
        with quiet():
            net = _headed(architecture(config, HEADLESS), config, characters)
            processor = _processor(config, made_preprocess(config), characters)
            note = _new_head(characters, None)
            return _assemble(net, config, processor, f"{config.model_type}@none", note)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        processor: Any = backbone.preprocess
        module.config.save_pretrained(folder)
        processor.audio.extractor.save_pretrained(folder)
        processor.characters.save(folder)
        return {}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        with quiet():
            config = without_spec_augment(read_config(folder))
            characters = read_characters(folder)
            if characters is None:
                raise RunError(f"{folder}: the characters of its CTC head are missing")
            net = _headed(architecture(config, HEADLESS), config, characters)
            audio = audio_preprocess(folder, config, required=True)
            return _assemble(net, config, _processor(config, audio, characters), saved["source"], "")


def _new_head(characters: Characters, own: Characters | None) -> str:
    why = f" (the model has none that spells them: {own.shown()})" if own is not None else ""
    return f"a new CTC head has the characters of the transcripts, {characters.shown()}{why}"


Loaded = tuple[nn.Module, Characters, str]  # the network, its classes, and a note


def _with_new_head(
    own: Characters | None, texts: Sequence[str], config: Any, folder: Path, weights: str | None
) -> Loaded:
    """With a head of the characters of the texts, beside the weights of everything else."""
    characters = Characters.of(texts)
    config.vocab_size = len(characters)
    net = _headed(load_network(config, HEADLESS, folder, weights), config, characters)
    return net, characters, _new_head(characters, own)


def _with_own_head(
    own: Characters, texts: Sequence[str], config: Any, folder: Path, weights: str | None
) -> Loaded | None:
    """With the head of the weights, and rows for what it lacks; None where it knows nothing of it, or is not there."""
    if not own.spells(texts):
        return None
    characters, note = _extended(own, texts)
    config.vocab_size = len(own)
    try:
        net = load_network(config, WITH_HEAD, folder, weights)
    # Of an encoder that has a vocabulary, and no head yet: what else is wrong is found when that is loaded.
    except WeightsError:
        return None
    _add_rows(net, len(characters))
    config.vocab_size = len(characters)
    return net, characters, note


def _extended(own: Characters, texts: Sequence[str]) -> tuple[Characters, str]:
    """The classes of the model's head and those that it lacks for `texts`, and a note."""
    lacking = own.lacking(texts)
    if not lacking:
        return own, f"the CTC head of the model is used, with the characters {own.shown()}"
    many = sum(bool(own.lacking([text])) for text in texts)
    words = f"{many:,} of {len(texts):,} transcripts hold characters that the CTC head of the model lacks"
    return own.adding(lacking), f"{words} ({named(lacking)}): it is used, with a new row for each of them"


def _add_rows(net: Any, size: int) -> None:
    """Rows of a new head behind those of the network's own, so that it has `size` of them."""
    own = net.lm_head
    if size == own.out_features:
        return
    net.lm_head = nn.Linear(own.in_features, size)
    with torch.no_grad():
        net.lm_head.weight[: own.out_features] = own.weight
        net.lm_head.bias[: own.out_features] = own.bias


def _assemble(net: nn.Module, config: Any, preprocess: CTCProcessor, source: str, note: str) -> Backbone:
    return Backbone(
        CTCNetwork(net, config, preprocess.audio),
        preprocess,
        width_of(config),
        ladder_within(net, without=HEAD),
        source,
        "wav2vec2-ctc",
        form="transcriber",
        head=(f"net.{HEAD}",),
        loss="ctc",
        notes=(note,) if note else (),
    )


def _headed(net: nn.Module, config: Any, characters: Characters) -> nn.Module:
    """The network with a new head of so many classes."""
    net.lm_head = nn.Linear(width_of(config), len(characters))
    return net


def _usable(net: nn.Module, config: Any) -> nn.Module:
    """The network, without what only SpecAugment uses."""
    drop_spec_augment(net)
    return net.float()


def _headless(net: nn.Module, config: Any) -> nn.Module:
    net.lm_head = nn.Identity()
    return _usable(net, config)


WITH_HEAD = Kind(AutoModelForCTC, _usable)
HEADLESS = Kind(AutoModelForCTC, _headless, new=lambda net: (HEAD,))
ODD = ("granite_speech5_ctc", "lasr_ctc", "parakeet_ctc")  # their heads have another name


def _check(config: Any, request: Request) -> None:
    """Raise `ConfigError` for a network without a CTC head of the usual name."""
    if not WITH_HEAD.knows(config) or config.model_type in ODD:
        problem = (
            f"{request.model.backbone} is of type {config.model_type!r}: speech is recognised by whisper, or by "
            "encoders with a CTC head such as wav2vec2, hubert, wavlm and wav2vec2-bert"
        )
        raise request.places.error("model.backbone", problem)


def _processor(config: Any, audio: AudioPreprocess, characters: Characters) -> CTCProcessor:
    strides = getattr(config, "conv_stride", None)
    samples = math.prod(strides) if isinstance(strides, list | tuple) else FRAME
    return CTCProcessor(audio, characters, samples / audio.rate)
