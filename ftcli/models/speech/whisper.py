"""Whisper, which writes what is said token by token (Radford et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSpeechSeq2Seq, GenerationConfig, GenerationMixin

from ftcli.contracts import Backbone, Block
from ftcli.models.backbones.audio import hearing, named, shorten
from ftcli.models.backbones.huggingface import fixed_as_buffers
from ftcli.models.freezing.ladder import sequence_ladder
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess, audio_preprocess, made_preprocess
from ftcli.models.pretrained.hub import first_line
from ftcli.models.pretrained.networks import Kind, architecture, load_network, quiet
from ftcli.models.pretrained.preprocessing import read_tokenizer
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_parts

IGNORED = -100  # of labels: no loss
KIND = Kind(AutoModelForSpeechSeq2Seq)


@dataclass(frozen=True, slots=True)
class Dictation:
    """What a network that writes expects: sounds, a tokenizer, the tokens that begin each text, and the end token."""

    audio: AudioPreprocess
    tokenizer: Any
    prompt: tuple[int, ...]
    end: int
    most: int  # tokens of a text, the prompt and the end included

    @property
    def longest(self) -> float | None:
        """The seconds after which a sound is cut, or None."""
        return self.audio.longest

    def tokens(self, text: str) -> list[int]:
        """The prompt, the tokens of a text, cut where the network has no more positions, and the end token."""
        return [*self.prompt, *self.spelt(text)[: self.room], self.end]

    @property
    def room(self) -> int:
        """The tokens of a text, without the prompt and the end, for which there are positions."""
        return self.most - len(self.prompt) - 1

    def spelt(self, text: str) -> list[int]:
        """The tokens of a text alone, all of them."""
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens, without special ones."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True)).strip()

    def collate(self, rows: Sequence[Sequence[int]]) -> dict[str, Tensor]:
        """`decoder_input_ids` and `labels`, the next of each, int64 (B, U); labels of padding are ignored."""
        longest = max(map(len, rows)) - 1
        given = torch.full((len(rows), longest), self.end)
        labels = torch.full((len(rows), longest), IGNORED)
        for index, row in enumerate(rows):
            given[index, : len(row) - 1] = torch.tensor(row[:-1])
            labels[index, : len(row) - 1] = torch.tensor(row[1:])
        return {"decoder_input_ids": given, "labels": labels}


class SpeechToText(nn.Module):
    """Sounds and the tokens so far to logits of the next ones, (B, U, vocabulary)."""

    def __init__(self, net: nn.Module, config: Any, name: str) -> None:
        super().__init__()
        self.net = net
        self.config = config
        self.name = name

    def forward(self, values: Tensor, decoder_input_ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        output = self.net(**{self.name: values}, decoder_input_ids=decoder_input_ids, use_cache=False)
        logits: Tensor = output.logits
        return logits

    @torch.no_grad()
    def write(self, values: Tensor, own: Dictation, options: Mapping[str, Any]) -> list[str]:
        """The text of each sound. `options` are those of transformers' `generate`.

        Whisper's own `generate` is not used: it is for sounds longer than its window, and decides on much by itself.
        """
        prompt = torch.tensor(own.prompt, device=values.device).expand(len(values), -1)
        least = {"max_new_tokens": min(options["max_new_tokens"], own.room + 1)}
        fixed = {"eos_token_id": own.end, "pad_token_id": own.end, "decoder_start_token_id": own.prompt[0]}
        settings = GenerationConfig(**{**options, **least, **fixed})
        with quiet():
            net: Any = self.net
            rows = GenerationMixin.generate(net, values, generation_config=settings, decoder_input_ids=prompt)
        return [own.text(row) for row in rows[:, len(own.prompt) :].tolist()]


def load_dictation(folder: Path, config: Any, request: Request) -> Backbone:
    """The Whisper in `folder`; with `max_seconds` its encoder hears windows of only that length, see `shorten`.

    Raises `WeightsError` for what is missing or does not fit, `ConfigError` for a language that it does not know.
    """
    net = load_network(config, KIND, folder, request.model.weights)
    _shorten(net, config, request)
    audio = audio_preprocess(folder, config, required=request.model.weights != "none")
    tokenizer = read_tokenizer(folder)
    prompt = _prompt(tokenizer, config, request)
    return _assembled(net, config, _dictation(config, audio, tokenizer, prompt), named(request))


def new_dictation(request: Request) -> Backbone:
    """The Whisper that `model.config` describes, with random weights, and a tokenizer of the training texts.

    Raises `ConfigError` for what does not exist or does not go together.
    """
    if request.model.source_language is not None:
        raise request.places.error(
            "model.source_language", "is for a model that was trained on many languages"
        )
    config, tokenizer = new_parts(request, kind="characters")
    with quiet():
        net = architecture(hearing(config), KIND)
        _shorten(net, config, request)
        own = _dictation(config, made_preprocess(config), tokenizer, [config.decoder_start_token_id])
        return _assembled(net, config, own, f"{config.model_type}@none")


def rebuild_dictation(folder: Path, config: Any, source: str, prompt: Sequence[int]) -> Backbone:
    """The network that was saved to `folder`, with random weights."""
    audio = audio_preprocess(folder, config, required=True)
    own = _dictation(config, audio, read_tokenizer(folder), prompt)
    return _assembled(architecture(config, KIND), config, own, source)


def _shorten(net: Any, config: Any, request: Request) -> None:
    if request.max_seconds is not None:
        shorten(net.get_encoder(), config, request.max_seconds)
        net.config.max_source_positions = config.max_source_positions


def _prompt(tokenizer: Any, config: Any, request: Request) -> list[int]:
    """The tokens that a text begins with, among them the language of the sounds, where the user names one."""
    language = request.model.source_language
    if language is not None:
        if not hasattr(tokenizer, "set_prefix_tokens") or not getattr(config, "is_multilingual", True):
            raise request.places.error(
                "model.source_language", f"{request.model.backbone} knows no languages by name"
            )
        try:
            tokenizer.set_prefix_tokens(language=language, task="transcribe")
            return [int(token) for token in tokenizer.prefix_tokens]
        except (ValueError, KeyError, TypeError) as error:
            raise request.places.error("model.source_language", first_line(error)) from None
    found = getattr(tokenizer, "prefix_tokens", None) or [config.decoder_start_token_id]
    return [int(token) for token in found if token is not None]


def _dictation(config: Any, audio: AudioPreprocess, tokenizer: Any, prompt: Sequence[int]) -> Dictation:
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else config.eos_token_id
    return Dictation(audio, tokenizer, tuple(prompt), int(end), int(config.max_target_positions))


def _assembled(net: nn.Module, config: Any, preprocess: Dictation, source: str) -> Backbone:
    fixed_as_buffers(net)  # the sinusoids of the encoder
    blocks = tuple(
        Block(block.name, tuple(f"net.{prefix}" for prefix in block.prefixes))
        for block in sequence_ladder(net)
    )
    return Backbone(
        SpeechToText(net, config, preprocess.audio.name),
        preprocess,
        int(config.d_model),
        blocks,
        source,
        "whisper",
        form="transcriber",
        loss="cross-entropy",
    )
