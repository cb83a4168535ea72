"""SpeechT5, which speaks: from the characters of a text to a log-mel spectrogram (Ao et al. 2022)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForTextToSpectrogram, AutoTokenizer, SpeechT5FeatureExtractor

from ftcli.contracts import Backbone, Block
from ftcli.errors import WeightsError
from ftcli.models.hub import first_line, require, resolve
from ftcli.models.ladder import huggingface_ladder
from ftcli.models.preprocessing import PROCESSORS, TOKENIZERS
from ftcli.models.pretrained import Kind, architecture, check_published, load_network, quiet, read_config
from ftcli.models.request import Request

IGNORED = -100.0  # of spectrograms: padding, which counts for nothing
KIND = Kind(AutoModelForTextToSpectrogram)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a network that speaks expects: a tokenizer, a feature extractor of its spectrograms, and the most of both.

    `step` is how many frames it says at once.
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

    def tokens(self, text: str) -> Tensor:
        """int32 (tokens,), cut where the network has no more positions."""
        ids = self.tokenizer(text)["input_ids"][: self.most_tokens]
        return torch.tensor(ids, dtype=torch.int32)

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
    """Token ids (B, U), speakers (B,) and the true spectrogram (B, T, mels) to `before`, `after` and `stop`.

    `before` and `after` the post-net are spectrograms (B, T, mels), `stop` logits (B, T) of each frame's being the
    last. Speakers are numbers of rows of a table that is learned; the network looks only at the direction of a row.
    """

    def __init__(self, net: nn.Module, config: Any, speakers: int) -> None:
        super().__init__()
        self.net = net
        self.config = config
        self.speakers = nn.Embedding(max(1, speakers), int(config.speaker_embedding_dim))

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, spectrogram: Tensor, speaker: Tensor | None = None
    ) -> dict[str, Tensor]:
        net: Any = self.net
        step = int(self.config.reduction_factor)
        said = spectrogram[:, step - 1 :: step].masked_fill(spectrogram[:, step - 1 :: step] == IGNORED, 0.0)
        with self._settled():
            output = net.speecht5(
                input_values=input_ids,
                attention_mask=attention_mask,
                decoder_input_values=nn.functional.pad(said[:, :-1], (0, 0, 1, 0)),
                speaker_embeddings=self._voice(speaker, len(input_ids)),
                use_cache=False,
                return_dict=True,
            )
        before, after, stop = net.speech_decoder_postnet(output.last_hidden_state)
        return {"before": before, "after": after, "stop": stop}

    @torch.no_grad()
    def speak(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        speaker: Tensor | None = None,
        *,
        longest: float = 20.0,
    ) -> list[Tensor]:
        """A log10-mel spectrogram (T, mels) for each text; `longest` is in frames for each token."""
        net: Any = self.net
        voice = self._voice(speaker, len(input_ids))
        with self._settled():
            made, lengths = net.generate_speech(
                input_ids, voice, attention_mask, maxlenratio=longest, return_output_lengths=True
            )
        return [row[:length] for row, length in zip(made, lengths, strict=True)]

    def _voice(self, speaker: Tensor | None, size: int) -> Tensor:
        numbers = self.speakers.weight.new_zeros(size, dtype=torch.long) if speaker is None else speaker
        voice: Tensor = self.speakers(numbers)
        return voice

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """Outside of training the same dropout for the same input: SpeechT5's decoder always drops, as Tacotron 2's."""
        if self.training:
            yield
            return
        device = self.speakers.weight.device
        devices = [device] if device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(0)
            yield


def load_synthesizer(request: Request, speakers: int = 1) -> Backbone:
    """SpeechT5 with the id or folder that the request names, and a new table of speakers; `preprocess` is a `Reading`.

    Raises `WeightsError` for what is missing or does not fit, `ConfigError` for another kind of network.
    """
    model = request.model
    check_published(request)
    folder = resolve(model.backbone, weights=model.weights is None)
    with quiet():
        config = _speaking(read_config(folder))
        if config.model_type != "speecht5":
            problem = (
                f"{model.backbone} is of type {config.model_type!r}: only SpeechT5 can be trained to speak"
            )
            raise request.mistake("model.backbone", problem)
        net = load_network(config, KIND, folder, model.weights)
        reading = _reading(folder, config)
    source = model.backbone if model.weights is None else f"{model.backbone}@{model.weights}"
    return _assemble(net, config, reading, speakers, source)


def rebuild_synthesizer(folder: Path, source: str, speakers: int) -> Backbone:
    """The network that `save_synthesizer` wrote to `folder`, with random weights."""
    with quiet():
        config = _speaking(read_config(folder))
        return _assemble(architecture(config, KIND), config, _reading(folder, config), speakers, source)


def save_synthesizer(backbone: Backbone, folder: Path) -> None:
    """Write what rebuilds the architecture, the tokenizer and the feature extractor."""
    module: Any = backbone.module
    preprocess: Any = backbone.preprocess
    module.config.save_pretrained(folder)
    preprocess.tokenizer.save_pretrained(folder)
    preprocess.extractor.save_pretrained(folder)


def _speaking(config: Any) -> Any:
    """The configuration, without masks that NumPy's global state draws and that only its encoder of sounds has."""
    if hasattr(config, "apply_spec_augment"):
        config.apply_spec_augment = False
    return config


def _reading(folder: Path, config: Any) -> Reading:
    require(folder, *TOKENIZERS, "spm_char.model")
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
    except Exception as error:  # tokenizers raises nothing more specific for a damaged file
        raise WeightsError(f"{folder}: its tokenizer cannot be read ({first_line(error)})") from error
    has = any((folder / name).is_file() for name in PROCESSORS)
    extractor = (
        SpeechT5FeatureExtractor.from_pretrained(str(folder))
        if has
        else SpeechT5FeatureExtractor(num_mel_bins=config.num_mel_bins)
    )
    step = int(config.reduction_factor)
    most = int(config.max_speech_positions) * step
    return Reading(tokenizer, extractor, int(config.max_text_positions), most, step)


def _assemble(net: nn.Module, config: Any, reading: Reading, speakers: int, source: str) -> Backbone:
    module = Synthesizer(net, config, speakers)
    blocks = [
        Block(block.name, tuple(f"net.{prefix}" for prefix in block.prefixes))
        for block in huggingface_ladder(net)
    ]
    given: Any = reading
    return Backbone(module, given, int(config.hidden_size), tuple(blocks), source, "speecht5")


def frames_of(seconds: float, reading: Reading) -> int:
    """How many frames the spectrogram of a sound has."""
    return 1 + math.floor(seconds * reading.rate / int(reading.extractor.sample_stride))
