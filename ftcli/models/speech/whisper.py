"""Speech recognition by Whisper, whose decoder predicts tokens (Radford et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSpeechSeq2Seq, GenerationConfig, GenerationMixin

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.models.backbones.audio import shorten
from ftcli.models.freezing.ladder import sequence_ladder
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess, audio_preprocess, made_preprocess
from ftcli.models.pretrained.hub import first_line, resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    fixed_as_buffers,
    load_network,
    quiet,
    read_config,
    without_spec_augment,
)
from ftcli.models.pretrained.preprocessing import read_tokenizer, save_tokenizer
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_parts

IGNORED = -100  # of labels: no loss
TYPE = "whisper"
KIND = Kind(AutoModelForSpeechSeq2Seq)


@dataclass(frozen=True, slots=True)
class WhisperProcessor:
    """What Whisper takes and gives: sounds, a tokenizer, the tokens that begin each text, and the end token."""

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
        return [*self.prompt, *self.tokenised(text)[: self.room], self.end]

    @property
    def room(self) -> int:
        """The tokens of a text, without the prompt and the end, for which there are positions."""
        return self.most - len(self.prompt) - 1

    def tokenised(self, text: str) -> list[int]:
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
    def write(self, values: Tensor, own: WhisperProcessor, options: Mapping[str, Any]) -> list[str]:
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


class WhisperLoader:
    """The `BackboneLoader` of Whisper."""

    def load(self, request: Request) -> Backbone:
        """The Whisper that the request names; with `max_seconds` its encoder takes shorter windows, see `shorten`.

        Raises `WeightsError` for what is missing or does not fit, `ConfigError` for a language that it does not know.
        """
        model = request.model
        if model.config is not None:
            return self._new(request)
        check_published(request)
        folder = resolve(model.backbone, weights=model.weights is None)
        with quiet():
            config = without_spec_augment(read_config(folder))
            net = load_network(config, KIND, folder, model.weights)
            _shorten(net, config, request)
            audio = audio_preprocess(folder, config, required=model.weights != "none")
            tokenizer = read_tokenizer(folder)
            processor = _processor(config, audio, tokenizer, _prompt(tokenizer, config, request))
            return _assemble(net, config, processor, request.source)

    def _new(self, request: Request) -> Backbone:
        """The Whisper that `model.config` describes, with random weights and a tokenizer of the training texts."""
        if request.model.source_language is not None:
            raise request.places.error(
                "model.source_language", "is for a model that was trained on many languages"
            )
        config, tokenizer = new_parts(request, kind="characters")
        with quiet():
            net = architecture(without_spec_augment(config), KIND)
            _shorten(net, config, request)
            start = [config.decoder_start_token_id]
            processor = _processor(config, made_preprocess(config), tokenizer, start)
            return _assemble(net, config, processor, f"{config.model_type}@none")

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        processor: Any = backbone.preprocess
        module.config.save_pretrained(folder)
        processor.audio.extractor.save_pretrained(folder)
        save_tokenizer(processor.tokenizer, folder)
        return {"prompt": list(processor.prompt)}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        with quiet():
            config = without_spec_augment(read_config(folder))
            audio = audio_preprocess(folder, config, required=True)
            processor = _processor(config, audio, read_tokenizer(folder), saved["prompt"])
            return _assemble(architecture(config, KIND), config, processor, saved["source"])


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


def _processor(
    config: Any, audio: AudioPreprocess, tokenizer: Any, prompt: Sequence[int]
) -> WhisperProcessor:
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else config.eos_token_id
    return WhisperProcessor(audio, tokenizer, tuple(prompt), int(end), int(config.max_target_positions))


def _assemble(net: nn.Module, config: Any, preprocess: WhisperProcessor, source: str) -> Backbone:
    fixed_as_buffers(net)  # the sinusoids of the encoder
    blocks = tuple(block.under("net") for block in sequence_ladder(net))
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
