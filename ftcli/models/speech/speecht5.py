"""Speech synthesis by SpeechT5: from the characters of a text to a log-mel spectrogram (Ao et al. 2022)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForTextToSpectrogram, SpeechT5FeatureExtractor

from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.models.freezing.ladder import sequence_ladder
from ftcli.models.network import Network
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    load_network,
    quiet,
    read_config,
    without_spec_augment,
)
from ftcli.models.pretrained.preprocessing import PROCESSORS, read_tokenizer, save_tokenizer
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_parts

IGNORED = -100.0  # of spectrograms: padding, which adds no loss
TYPE = "speecht5"
KIND = Kind(AutoModelForTextToSpectrogram)


@dataclass(frozen=True, slots=True)
class SpeechProcessor:
    """What the network takes and gives: a tokenizer, a feature extractor of spectrograms, and their limits.

    `step` is how many frames the decoder predicts at once.
    """

    tokenizer: Any
    extractor: Any
    most_tokens: int
    most_frames: int
    step: int

    @property
    def rate(self) -> int:
        """Hz of the sounds."""
        return int(self.extractor.sampling_rate)

    @property
    def frame(self) -> float:
        """The seconds from one frame of a spectrogram to the next."""
        return int(self.extractor.sample_stride) / self.rate

    def tokens(self, text: str) -> Tensor:
        """int32 (tokens,), cut where the network has no more positions."""
        return torch.tensor(self.tokenised(text)[: self.most_tokens], dtype=torch.int32)

    def tokenised(self, text: str) -> list[int]:
        """The tokens of a text, all of them."""
        found: list[int] = self.tokenizer(text)["input_ids"]
        return found

    def unknown(self, text: str) -> set[str]:
        """The characters of a text that have no token."""
        number = self.tokenizer.unk_token_id
        tokens = {mark: self.tokenizer(mark, add_special_tokens=False)["input_ids"] for mark in set(text)}
        return {mark for mark, ids in tokens.items() if number is not None and number in ids}

    def spectrogram(self, samples: Tensor) -> Tensor:
        """log10-mel (frames, mels), float32, of samples (n,), cut where the network has no more positions."""
        made = self.extractor(audio_target=samples.numpy(), sampling_rate=self.rate, return_tensors="np")
        return torch.as_tensor(made["input_values"][0], dtype=torch.float32)[: self.most_frames]

    def collate(self, tokens: Sequence[Tensor]) -> dict[str, Tensor]:
        """`input_ids` and `attention_mask`, int64 (B, longest)."""
        padding = self.tokenizer.pad_token_id or 0
        ids = pad_sequence(list(tokens), batch_first=True, padding_value=padding).long()
        mask = pad_sequence([torch.ones_like(row) for row in tokens], batch_first=True).long()
        return {"input_ids": ids, "attention_mask": mask}

    def collate_spectrograms(self, rows: Sequence[Tensor]) -> Tensor:
        """float32 (B, longest, mels), padded with -100 to a whole number of steps."""
        padded = pad_sequence(list(rows), batch_first=True, padding_value=IGNORED)
        more = -padded.shape[1] % self.step
        return nn.functional.pad(padded, (0, 0, 0, more), value=IGNORED)


class Synthesizer(nn.Module):
    """Token ids (B, U), a voice (B, dim) and the true spectrogram (B, T, mels) to what the loss takes.

    That is `before` and `after` the post-net, spectrograms (B, T, mels); `stop`, logits (B, T) of each frame's being
    the last; and `attention`, how much each step of the decoder looks at each token, (B, T / step, U).
    """

    def __init__(self, net: nn.Module, config: Any) -> None:
        super().__init__()
        self.net = net
        self.config = config

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, spectrogram: Tensor, voice: Tensor
    ) -> dict[str, Tensor]:
        net: Any = self.net
        step = int(self.config.reduction_factor)
        previous = spectrogram[:, step - 1 :: step].masked_fill(
            spectrogram[:, step - 1 :: step] == IGNORED, 0.0
        )
        with self._settled(voice.device):
            output = net.speecht5(
                input_values=input_ids,
                attention_mask=attention_mask,
                decoder_input_values=nn.functional.pad(previous[:, :-1], (0, 0, 1, 0)),
                speaker_embeddings=voice,
                use_cache=False,
                output_attentions=True,
                return_dict=True,
            )
        before, after, stop = net.speech_decoder_postnet(output.last_hidden_state)
        looks = [*output.cross_attentions] or [
            stop.new_zeros(len(previous), 1, previous.shape[1], input_ids.shape[1])
        ]
        attention = torch.stack(looks).mean((0, 2))  # over heads and layers, of which training may drop all
        return {"before": before, "after": after, "stop": stop, "attention": attention}

    @torch.no_grad()
    def speak(
        self, input_ids: Tensor, attention_mask: Tensor, voice: Tensor, *, longest: float
    ) -> list[Tensor]:
        """A log10-mel spectrogram (T, mels) for each text; `longest` is in frames for each token."""
        net: Any = self.net
        with self._settled(voice.device):
            made, lengths = net.generate_speech(
                input_ids, voice, attention_mask, maxlenratio=longest, return_output_lengths=True
            )
        return [row[:length] for row, length in zip(made, lengths, strict=True)]

    @contextmanager
    def _settled(self, device: torch.device) -> Iterator[None]:
        """Outside of training the same dropout for the same input: SpeechT5's decoder always drops, as Tacotron 2's."""
        if self.training:
            yield
            return
        devices = [device] if device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(0)
            yield


class Voices(Network):
    """A speech synthesis network with a learned table of speakers; the network uses only the direction of a row."""

    backbone: Synthesizer

    def __init__(self, backbone: Backbone, speakers: int) -> None:
        super().__init__(backbone)
        self.speakers = nn.Embedding(max(1, speakers), int(self.backbone.config.speaker_embedding_dim))

    def _head(self, backbone: Backbone) -> Block:
        return Block("head", ("speakers",))

    def _whole(self, **inputs: Any) -> Any:
        return self.backbone(voice=self.speakers(inputs.pop("speaker")), **inputs)

    def speak(self, *, speaker: Tensor, longest: float = 20.0, **inputs: Tensor) -> list[Tensor]:
        """See `Synthesizer.speak`; `speaker` (B,) holds row numbers."""
        return self.backbone.speak(voice=self.speakers(speaker), longest=longest, **inputs)


class SynthesizerLoader:
    """The `BackboneLoader` of form "synthesizer"; the `preprocess` of its backbones is a `SpeechProcessor`."""

    def load(self, request: Request) -> Backbone:
        """See `BackboneLoader.load`."""
        model = request.model
        _check(model.backbone, model.backbone if model.config is not None else None, request)
        if model.config is not None:
            config, tokenizer = new_parts(request, kind="characters")
            with quiet():
                extractor = SpeechT5FeatureExtractor(num_mel_bins=config.num_mel_bins)
                net = architecture(without_spec_augment(config), KIND)
                return _assemble(net, config, _processor(config, tokenizer, extractor), f"{TYPE}@none")
        check_published(request)
        folder = resolve(model.backbone, weights=model.weights is None)
        with quiet():
            config = without_spec_augment(read_config(folder))
            _check(model.backbone, config.model_type, request)
            net = load_network(config, KIND, folder, model.weights)
            return _assemble(net, config, _read_processor(folder, config), request.source)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        processor: Any = backbone.preprocess
        module.config.save_pretrained(folder)
        save_tokenizer(processor.tokenizer, folder)
        processor.extractor.save_pretrained(folder)
        return {}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        with quiet():
            config = without_spec_augment(read_config(folder))
            return _assemble(
                architecture(config, KIND), config, _read_processor(folder, config), saved["source"]
            )


def _check(name: str, model_type: str | None, request: Request) -> None:
    """Raise `ConfigError` for another kind of network."""
    if model_type is not None and model_type != TYPE:
        problem = f"{name} is of type {model_type!r}: only {TYPE} can be trained to speak"
        raise request.places.error("model.backbone", problem)


def _read_processor(folder: Path, config: Any) -> SpeechProcessor:
    tokenizer = read_tokenizer(folder)
    has = any((folder / name).is_file() for name in PROCESSORS)
    extractor = (
        SpeechT5FeatureExtractor.from_pretrained(str(folder))
        if has
        else SpeechT5FeatureExtractor(num_mel_bins=config.num_mel_bins)
    )
    return _processor(config, tokenizer, extractor)


def _processor(config: Any, tokenizer: Any, extractor: Any) -> SpeechProcessor:
    step = int(config.reduction_factor)
    most = int(config.max_speech_positions) * step
    return SpeechProcessor(tokenizer, extractor, int(config.max_text_positions), most, step)


def _assemble(net: nn.Module, config: Any, processor: SpeechProcessor, source: str) -> Backbone:
    blocks = (*sequence_ladder(net)[:-1], Block("postnet", ("speech_decoder_postnet",)))
    under_net = tuple(block.under("net") for block in blocks)
    module = Synthesizer(net, config)
    return Backbone(module, processor, int(config.hidden_size), under_net, source, TYPE, form="synthesizer")
