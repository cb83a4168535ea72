"""Encoders of sounds with a CTC head, which spells what is said (Graves et al. 2006)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from transformers import AutoModelForCTC

from ftcli.contracts import Backbone
from ftcli.errors import RunError
from ftcli.models.backbones.audio import Hearing, hearing, ladder_within, named, width_of
from ftcli.models.backbones.huggingface import drop
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess, audio_preprocess, made_preprocess
from ftcli.models.pretrained.networks import Kind, architecture, load_network, quiet
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_config
from ftcli.models.speech.characters import Characters, read_characters

HEAD = "lm_head"  # as transformers calls it
FRAME = 320  # samples of a frame of those that take spectrograms


@dataclass(frozen=True, slots=True)
class Spelling:
    """What such a network expects: sounds, and the characters of its classes. `frame` is in seconds."""

    audio: AudioPreprocess
    characters: Characters
    frame: float

    @property
    def longest(self) -> float | None:
        """The seconds after which a sound is cut, or None."""
        return self.audio.longest


class CTC(Hearing):
    """Sounds to logits (B, T, classes) and how many frames of each count, int64 (B,)."""

    def forward(self, values: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        logits: Tensor = self.run(values, lengths).logits
        return logits, self.counts(lengths, values.shape[1], logits.shape[1])


def load_spelling(folder: Path, config: Any, request: Request) -> Backbone:
    """The encoder in `folder` with its own head, where that spells all training texts, or else with a new one.

    Raises `WeightsError` for what is missing or does not fit, `ConfigError` for another kind of network.
    """
    _check(config, request)
    texts, weights = list(request.texts()), request.model.weights
    own = read_characters(folder) if weights != "none" else None
    lacking = own.lacking(texts) if own is not None else set()
    characters = Characters.of(texts) if own is None or lacking else own
    config.vocab_size = len(characters)
    if characters is own:
        net = load_network(config, WITH_HEAD, folder, weights)
    else:
        net = _headed(load_network(config, HEADLESS, folder, weights), config, characters)
    audio = audio_preprocess(folder, config, required=weights != "none")
    note = _note(characters, own, lacking)
    return _assembled(net, config, Spelling(audio, characters, _frame(config, audio)), named(request), note)


def new_spelling(request: Request) -> Backbone:
    """An encoder that `model.config` describes, with random weights, and a head for the training texts' characters.

    Raises `ConfigError` for what does not exist or does not go together.
    """
    model = request.model
    if model.tokenizer is not None:
        problem = f"is not for {model.backbone}, which spells by CTC: the characters of the transcripts are its classes"
        raise request.places.error("model.tokenizer", problem)
    config = hearing(new_config(model.backbone, model.config or {}, request.places))
    _check(config, request)
    characters = Characters.of(request.texts())
    config.vocab_size = len(characters)
    with quiet():
        net = _headed(architecture(config, HEADLESS), config, characters)
        audio = made_preprocess(config)
        spelling = Spelling(audio, characters, _frame(config, audio))
        return _assembled(net, config, spelling, f"{config.model_type}@none", _note(characters, None, set()))


def rebuild_spelling(folder: Path, config: Any, source: str) -> Backbone:
    """The network that was saved to `folder`, with random weights."""
    characters = read_characters(folder)
    if characters is None:
        raise RunError(f"{folder}: the characters of its CTC head are missing")
    net = _headed(architecture(config, HEADLESS), config, characters)
    audio = audio_preprocess(folder, config, required=True)
    return _assembled(net, config, Spelling(audio, characters, _frame(config, audio)), source, "")


def _note(characters: Characters, own: Characters | None, lacking: set[str]) -> str:
    if characters is own:
        return f"the CTC head of the model is used, which spells {characters.shown()}"
    why = f" (the model's own lacks {' '.join(sorted(lacking))})" if lacking else ""
    return f"a new CTC head spells the characters of the transcripts, {characters.shown()}{why}"


def _assembled(net: nn.Module, config: Any, preprocess: Spelling, source: str, note: str) -> Backbone:
    return Backbone(
        CTC(net, config, preprocess.audio),
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
    for name in [name for name, _ in net.named_parameters() if name.endswith("masked_spec_embed")]:
        drop(net, name)
    return net.float()


def _headless(net: nn.Module, config: Any) -> nn.Module:
    net.lm_head = nn.Identity()
    return _usable(net, config)


WITH_HEAD = Kind(AutoModelForCTC, _usable)
HEADLESS = Kind(AutoModelForCTC, _headless, new=lambda net: (HEAD,))
ODD = ("granite_speech5_ctc", "lasr_ctc", "parakeet_ctc")  # whose heads are called otherwise


def _check(config: Any, request: Request) -> None:
    """Raise `ConfigError` for a network that does not spell what it hears."""
    if not WITH_HEAD.knows(config) or config.model_type in ODD:
        problem = (
            f"{request.model.backbone} is of type {config.model_type!r}: what is said is written by whisper, or spelt "
            "by encoders such as wav2vec2, hubert, wavlm and wav2vec2-bert"
        )
        raise request.places.error("model.backbone", problem)


def _frame(config: Any, audio: AudioPreprocess) -> float:
    strides = getattr(config, "conv_stride", None)
    samples = math.prod(strides) if isinstance(strides, list | tuple) else FRAME
    return samples / audio.rate
