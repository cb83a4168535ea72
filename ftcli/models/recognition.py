"""Networks for speech recognition: a CTC head on an encoder, and Whisper, which writes token by token."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSpeechSeq2Seq, AutoTokenizer

from ftcli.contracts import Backbone, Block
from ftcli.errors import WeightsError
from ftcli.models.audio import hearing
from ftcli.models.audio_preprocess import AudioPreprocess, audio_preprocess
from ftcli.models.hub import first_line, require, resolve
from ftcli.models.ladder import huggingface_ladder
from ftcli.models.preprocessing import TOKENIZERS
from ftcli.models.pretrained import Kind, architecture, check_published, load_network, quiet, read_config
from ftcli.models.request import Request

IGNORED = -100  # of labels: no loss
FRAMES = 50  # of Whisper's encoder in a second


class CTC(nn.Module):
    """Sounds to logits (B, T, classes) and how many frames of each count, int64 (B,): children `backbone`, `head`.

    The backbone is one of `load_audio(frames=True)`. Connectionist temporal classification, Graves et al. 2006.
    """

    def __init__(self, backbone: Backbone, classes: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.backbone = backbone.module
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(backbone.width, classes))

    def forward(self, values: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        hidden, counts = self.backbone(values, lengths)
        return self.head(hidden), counts


@dataclass(frozen=True, slots=True)
class Dictation:
    """What a network that writes expects: sounds, a tokenizer, the tokens that begin each text, and the end token."""

    audio: AudioPreprocess
    tokenizer: Any
    prompt: tuple[int, ...]
    end: int
    most: int  # tokens of a text, the prompt and the end included

    def tokens(self, text: str) -> list[int]:
        """The prompt, the tokens of a text, cut where the network has no more positions, and the end token."""
        found = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return [*self.prompt, *found[: self.most - len(self.prompt) - 1], self.end]

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
    def write(self, values: Tensor, prompt: Sequence[int], end: int, most: int) -> list[list[int]]:
        """The likeliest tokens one by one, at most `most` with the prompt; without the prompt and the end token."""
        net: Any = self.net
        heard = net.get_encoder()(values)
        ids = torch.tensor(prompt, device=values.device).expand(len(values), -1)
        done = torch.zeros(len(values), dtype=torch.bool, device=values.device)
        step, cache = ids, None
        while ids.shape[1] < most and not done.all():
            output = net(encoder_outputs=heard, decoder_input_ids=step, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            step = output.logits[:, -1:].argmax(-1).masked_fill(done.unsqueeze(1), end)
            done |= step[:, 0] == end
            ids = torch.cat([ids, step], dim=1)
        rows = ids[:, len(prompt) :].tolist()
        return [row[: row.index(end)] if end in row else row for row in rows]


def load_dictation(request: Request, *, seconds: float | None = None) -> Backbone:
    """Whisper with the id or folder that the request names; its `preprocess` is a `Dictation`.

    With `seconds` its encoder hears windows of only that length, so that short sounds cost little: the first position
    embeddings, which are sinusoids of time, are kept. Raises `WeightsError` for what is missing or does not fit.
    """
    model = request.model
    check_published(request)
    folder = resolve(model.backbone, weights=model.weights is None)
    with quiet():
        config = hearing(read_config(folder))
        if config.model_type != "whisper":
            problem = f"{model.backbone} is of type {config.model_type!r}: speech is written by Whisper only"
            raise request.mistake("model.backbone", problem)
        net = load_network(config, KIND, folder, model.weights)
        if seconds is not None:
            shorten(net, config, seconds)
        audio = audio_preprocess(folder, config, required=model.weights != "none")
    source = model.backbone if model.weights is None else f"{model.backbone}@{model.weights}"
    return _assemble(net, config, dictation(folder, config, audio), source)


def rebuild_dictation(folder: Path, source: str) -> Backbone:
    """The network that `save_dictation` wrote to `folder`, with random weights."""
    with quiet():
        config = hearing(read_config(folder))
        audio = audio_preprocess(folder, config, required=True)
        return _assemble(architecture(config, KIND), config, dictation(folder, config, audio), source)


def save_dictation(backbone: Backbone, folder: Path) -> None:
    """Write what rebuilds the architecture, the feature extractor and the tokenizer."""
    module: Any = backbone.module
    preprocess: Any = backbone.preprocess
    module.config.save_pretrained(folder)
    preprocess.audio.extractor.save_pretrained(folder)
    preprocess.tokenizer.save_pretrained(folder)


def shorten(net: Any, config: Any, seconds: float) -> None:
    """Let Whisper's encoder hear windows of `seconds`, rounded up to a frame, in place; never longer than before."""
    encoder = net.get_encoder()
    positions = min(max(1, math.ceil(seconds * FRAMES)), int(config.max_source_positions))
    weight = encoder.embed_positions.weight[:positions].detach().clone()
    encoder.embed_positions = type(encoder.embed_positions)(*weight.shape).requires_grad_(False)
    encoder.embed_positions.weight.copy_(weight)
    for one in (config, net.config, encoder.config):
        one.max_source_positions = positions
    encoder.max_source_positions = positions


def dictation(folder: Path, config: Any, audio: AudioPreprocess) -> Dictation:
    """The tokenizer in `folder`, and how a text begins. Raises `WeightsError` if it is missing."""
    require(folder, *TOKENIZERS)
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
    except Exception as error:  # tokenizers raises nothing more specific for a damaged file
        raise WeightsError(f"{folder}: its tokenizer cannot be read ({first_line(error)})") from error
    prompt = getattr(tokenizer, "prefix_tokens", None) or [config.decoder_start_token_id]
    prompt = [token for token in prompt if token is not None]
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else config.eos_token_id
    return Dictation(audio, tokenizer, tuple(prompt), int(end), int(config.max_target_positions))


def _assemble(net: nn.Module, config: Any, preprocess: Dictation, source: str) -> Backbone:
    module = SpeechToText(net, config, preprocess.audio.name)
    blocks = tuple(
        Block(block.name, tuple(f"net.{prefix}" for prefix in block.prefixes))
        for block in huggingface_ladder(net)
    )
    given: Any = preprocess
    return Backbone(module, given, int(config.d_model), blocks, source, "whisper")


def _usable(net: nn.Module, config: Any) -> nn.Module:
    """As it is: every weight of it writes."""
    return net.float()


KIND = Kind(AutoModelForSpeechSeq2Seq, _usable)
